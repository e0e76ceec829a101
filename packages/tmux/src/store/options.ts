import { ConfigError, type SchemaResult, type StandardSchema } from '@sessionkeep/core'
import type { TmuxHostOptions } from '../options.ts'
import type { TmuxHost } from '../tmux-host.ts'
import { MOST_BYTES } from './record-value.ts'

export interface TmuxStoreOptions extends TmuxHostOptions {
  /** A host made by `tmuxHost()`: the store speaks to the same server, and knows what the host knows of it. Instead of all options of a connection. */
  host?: TmuxHost | undefined
  /** The largest record, bytes of JSON; at most 1 MiB. Default 131072. */
  maxBytes?: number | undefined
}

export interface CheckedOptions {
  readonly host: TmuxHost | undefined
  readonly connection: TmuxHostOptions
  readonly maxBytes: number
}

const DEFAULT_BYTES = 128 * 1024

/** Throws `ConfigError` `CONFIG_INVALID`; the options of a connection are checked where it is made. */
export function splitOptions(options: TmuxStoreOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null) invalid('options', 'options must be an object')
  const { host, maxBytes = DEFAULT_BYTES, ...connection } = options
  const [other] = Object.keys(connection)
  if (host !== undefined && other !== undefined) {
    invalid(other, `give host or ${other}, not both: the host has its connection already`)
  }
  if (!Number.isInteger(maxBytes) || maxBytes < 1 || maxBytes > MOST_BYTES) {
    invalid('maxBytes', `maxBytes must be whole bytes from 1 to ${MOST_BYTES}`)
  }
  return { host, connection, maxBytes }
}

export function invalid(option: string, advice: string): never {
  throw new ConfigError('CONFIG_INVALID', `tmuxStore: ${advice}`, { context: { option } })
}

/** The options' schema: `check` throws what is wrong with them. */
export function schemaOf(check: (options: TmuxStoreOptions) => unknown): StandardSchema<TmuxStoreOptions> {
  const validate = (value: unknown): SchemaResult<TmuxStoreOptions> => {
    try {
      const options = value as TmuxStoreOptions
      check(options)
      return { value: options }
    } catch (error) {
      return { issues: [{ message: error instanceof Error ? error.message : String(error) }] }
    }
  }
  return { '~standard': { version: 1, vendor: 'sessionkeep', validate } }
}

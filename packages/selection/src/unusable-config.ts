import { dirname } from 'node:path'
import { ConfigError, codeOf } from '@sessionkeep/contracts'
import type { ConfigSource } from './config-source.ts'
import { readEnvironment } from './environment.ts'
import { isModule, readConfig } from './file/read-config.ts'
import { isOffByName, type StoreSelection } from './selection.ts'

/**
 * Tolerates a configuration that cannot be used when `SESSIONKEEP_STORE` selects `memory` or `none`, so that an emergency restart
 * on `memory` need not wait until a file is corrected. Otherwise it throws the fault again: any other store would be opened
 * in its default place, and the records that are stored elsewhere would seem lost.
 */
export function tolerate(fault: unknown, cwd: string): ConfigSource {
  const store = readEnvironment(process.env, cwd).value?.store
  if (!isFault(fault) || store === undefined || !isOffByName(store)) throw fault
  const { file, files } = fault.context as { readonly file?: string; readonly files?: readonly string[] }
  const at = file ?? files?.[0]
  const canBeRead = file !== undefined && !isModule(file)
  return {
    file: at,
    directory: at === undefined ? cwd : dirname(at),
    loaded: {},
    fingerprint: undefined,
    read: canBeRead ? () => readConfig(file) : undefined,
    fault,
  }
}

function isFault(error: unknown): error is ConfigError {
  return codeOf(error)?.startsWith('CONFIG_') === true
}

/** The error that is reported for a configuration that was ignored. */
export function notInUse({ code, message, context }: ConfigError): ConfigError {
  return new ConfigError(code, `The configuration is ignored: ${message}`, { context })
}

/**
 * Refuses every store that is selected by name while the configuration cannot be used, because the place of its records may be
 * written there. `memory`, `none` and store objects need no configuration.
 *
 * @throws The fault of the configuration.
 */
export function assertNeedsNoConfig({ store, mirror }: StoreSelection, fault: ConfigError | undefined): void {
  const isNeeded = [store, ...mirror].some((choice) => typeof choice === 'string' && !isOffByName(choice))
  if (!fault || !isNeeded) return
  throw new ConfigError(
    fault.code,
    `Only "memory" and "none" can be selected by name, because the configuration, which may say where another store keeps its records, cannot be used: ${fault.message}`,
    { cause: fault, context: fault.context },
  )
}

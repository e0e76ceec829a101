import { checkOptions, strictOptions } from '@sessionkeep/contracts'
import * as z from 'zod'
import { connectionFaults, connectionShape, settingsOf } from '../check-options.ts'
import { tmuxClient } from '../client.ts'
import { type HostContext, hostContext } from '../host-context.ts'
import type { TmuxHostOptions } from '../options.ts'
import { contextOfHost, type TmuxHost } from '../tmux-host.ts'
import { MOST_BYTES } from './record-value.ts'

/** Options of {@link tmuxStore}: those of the connection, or a `host`. */
export interface TmuxStoreOptions extends TmuxHostOptions {
  /**
   * A host made by `tmuxHost()`, used instead of connection options. The store then uses the connection of the host.
   */
  host?: TmuxHost | undefined
  /**
   * The largest record, in bytes of JSON; at most 1 MiB (1048576).
   *
   * @defaultValue `131072`
   */
  maxBytes?: number | undefined
}

const DEFAULT_BYTES = 128 * 1024
const BYTES = `must be whole bytes from 1 to ${MOST_BYTES}`

/** The schema of `stores.tmux` in a configuration. */
export const optionsSchema: z.ZodType<TmuxStoreOptions> = strictOptions({
  ...connectionShape,
  host: z
    .custom<TmuxHost>((host) => contextOfHost(host as TmuxHost) !== undefined, 'must have been made by tmuxHost()')
    .optional(),
  maxBytes: z.int(BYTES).min(1, BYTES).max(MOST_BYTES, BYTES).optional(),
}).superRefine(({ host, maxBytes: _, ...connection }, { addIssue }) => {
  for (const [option, message] of connectionFaults(connection)) addIssue({ code: 'custom', path: [option], message })
  const [other] = Object.keys(connection)
  if (host === undefined || other === undefined) return
  const message = `give host or ${other}, not both: the host has its connection already`
  addIssue({ code: 'custom', path: [other], message })
})

/**
 * Checks the options of `tmuxStore()`.
 *
 * @throws `ConfigError` with `CONFIG_INVALID`; the message names each wrong option and what to give instead
 */
export function checkedOptions(options: TmuxStoreOptions): { context: HostContext; maxBytes: number } {
  const checked = checkOptions('tmuxStore()', optionsSchema, options)
  const { host, maxBytes = DEFAULT_BYTES, ...connection } = checked
  const ofHost = host && contextOfHost(host)
  return { context: ofHost ?? contextOf(connection), maxBytes }
}

function contextOf(connection: TmuxHostOptions): HostContext {
  const settings = settingsOf(connection)
  return hostContext(tmuxClient(settings), settings.submitDelayMs)
}

import * as z from 'zod'
import { checkOptions, strictOptions } from '../../base/check-options.ts'
import type { CreateSessionOptions } from '../../contracts/session-host.ts'

/** How a session's command is started. */
export type LaunchOptions = Pick<CreateSessionOptions, 'cwd' | 'env' | 'command' | 'cols' | 'rows'>

/**
 * Options of `getOrCreateSession()`. They are used only if the call makes the session; launch options win over those of
 * the pool's `launch`.
 */
export interface GetOrCreateOptions<Attributes = object> extends LaunchOptions {
  /** The attributes of the new session, recorded before its command is started. */
  readonly attributes?: Attributes | undefined
}

// What the values must be is checked by the host, and that of attributes by their schema.
const launchKeys = {
  ...{ cwd: z.unknown(), env: z.unknown(), command: z.unknown(), cols: z.unknown(), rows: z.unknown() },
}
const LAUNCH_KEYS: ReadonlySet<string> = new Set(Object.keys(launchKeys))
const launched = strictOptions(launchKeys).partial()
const given = strictOptions({ ...launchKeys, attributes: z.unknown() }).partial()

/** Refuses an option that is none. @throws `CONFIG_INVALID`, with the option that was likely meant. */
export function checkGetOrCreate(options: unknown): void {
  // This is asked on the path of every request, and nearly always there is nothing to refuse.
  const isKnown = (key: string) => LAUNCH_KEYS.has(key) || key === 'attributes'
  if (typeof options === 'object' && options !== null && Object.keys(options).every(isKnown)) return
  checkOptions('getOrCreateSession()', given, options)
}

/** What `launch` returned for a workspace. @throws `CONFIG_INVALID` for a key that is no launch option. */
export function checkLaunched(workspace: string, options: LaunchOptions | undefined): LaunchOptions {
  if (options === undefined) return {}
  checkOptions(`The pool's launch(), for ${workspace},`, launched, options)
  return options
}

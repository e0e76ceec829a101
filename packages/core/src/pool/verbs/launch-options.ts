import { checkOptions, strictOptions } from '@sessionkeep/contracts'
import type { CreateSessionOptions } from '@sessionkeep/contracts/host'
import { once } from '@sessionkeep/contracts/internal'
import * as z from 'zod'

/** How the command of a session is started. */
export type LaunchOptions = Pick<CreateSessionOptions, 'cwd' | 'env' | 'command' | 'cols' | 'rows'>

/**
 * The options of `getOrCreateSession()`. They are used only if the call creates the session, and win over the result of the
 * pool's `launch`.
 */
export interface GetOrCreateOptions<Attributes = object> extends LaunchOptions {
  /** The attributes of the new session. They are set before its command is started. @defaultValue none */
  readonly attributes?: Attributes | undefined
  /** Whether the last ended session of the workspace may be resumed, as `resume.when` of the pool says. False makes a fresh one, and the ended one becomes its past. @defaultValue true */
  readonly resume?: boolean | undefined
}

const LAUNCH_KEYS = ['cwd', 'env', 'command', 'cols', 'rows']
const isLaunchKey = (key: string): boolean => LAUNCH_KEYS.includes(key)
// Only the keys are checked here: the host checks the values, and the schema checks the attributes.
const launchShape = () => Object.fromEntries(LAUNCH_KEYS.map((key) => [key, z.unknown()]))
const launched = once(() => strictOptions(launchShape()).partial())
const given = once(() => strictOptions({ ...launchShape(), attributes: z.unknown(), resume: z.boolean() }).partial())

/** Refuses unknown options. @throws `CONFIG_INVALID`, with the most similar option. */
export function checkGetOrCreate(options: unknown): void {
  // Every request comes here, so the common case must be cheap.
  const isKnown = (key: string) => isLaunchKey(key) || key === 'attributes'
  if (typeof options === 'object' && options !== null && Object.keys(options).every(isKnown)) return
  checkOptions('getOrCreateSession()', given(), options)
}

/** Checks the result of `launch`. @throws `CONFIG_INVALID` for an unknown key. */
export function checkLaunched(workspace: string, options: LaunchOptions | undefined): LaunchOptions {
  if (options === undefined) return {}
  checkOptions(`The pool's launch(), for ${workspace},`, launched(), options)
  return options
}

/** The options that have a value, to be spread over others. */
export function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>
}

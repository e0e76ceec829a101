import { checkOptions, optionsObject, strictOptions } from '@sessionkeep/contracts'
import type { GetOrCreateOptions, SwitchSelection } from '@sessionkeep/core'
import * as z from 'zod'

/** Options of {@link drill}. */
export interface DrillOptions {
  /**
   * The selections to switch to, in this order, after the stores were detached and attached.
   *
   * @defaultValue none
   */
  readonly through?: readonly SwitchSelection[] | undefined
  /**
   * The number of sessions that get requests. One more session is created and deleted again and again.
   *
   * @defaultValue `5`
   */
  readonly sessions?: number | undefined
  /**
   * The number of requests per second, over all sessions of the drill.
   *
   * @defaultValue `200`
   */
  readonly requestsPerSecond?: number | undefined
  /**
   * The duration of the load after each step, ms. It is longer if a store needs longer to get every change.
   *
   * @defaultValue `1000`
   */
  readonly stepMs?: number | undefined
  /**
   * The time limit for a switch, and for a store to get every change, ms.
   *
   * @defaultValue `10000`
   */
  readonly timeoutMs?: number | undefined
  /**
   * How the sessions of the drill are started.
   *
   * @defaultValue like every session of the pool; the pool calls its `launch` and `ready`
   */
  readonly session?: GetOrCreateOptions | undefined
  /**
   * Whether to start even if persistence is not healthy.
   *
   * @defaultValue `false`
   */
  readonly force?: boolean | undefined
  /** When aborted, the drill restores everything and then rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined
}

/** The names of the options of a session. The pool checks their values when it creates a session. */
const started = strictOptions({
  cwd: z.unknown().optional(),
  env: z.unknown().optional(),
  command: z.unknown().optional(),
  cols: z.unknown().optional(),
  rows: z.unknown().optional(),
  attributes: z.unknown().optional(),
})

/**
 * Whether a value is a name or a store object. The check makes no copy of the object, since a copy would be another
 * store.
 */
const isChoice = (value: unknown): boolean =>
  typeof value === 'string' ? value !== '' : typeof value === 'object' && value !== null
/** A store, or a store with mirrors. If anything else is wrong with it, `switchStore()` reports that. */
const selection = z.custom<SwitchSelection>((value) => {
  if (!isChoice(value)) return false
  return typeof value === 'string' || !('store' in (value as object)) || isChoice((value as { store: unknown }).store)
}, 'must name a store')

const schema = strictOptions({
  through: z.array(selection).max(50).default([]),
  sessions: z.int().min(1).max(1000).default(5),
  requestsPerSecond: z.number().min(1).max(10_000).default(200),
  stepMs: z.number().min(1).max(600_000).default(1000),
  timeoutMs: z.number().min(1).max(600_000).default(10_000),
  session: optionsObject.pipe(started).prefault({}),
  force: z.boolean().default(false),
  signal: z.custom<AbortSignal>((value) => value instanceof AbortSignal, 'must be an AbortSignal').optional(),
})

/** The options with all defaults filled in. */
export type ResolvedDrill = Readonly<Omit<z.infer<typeof schema>, 'through' | 'session'>> & {
  readonly through: readonly SwitchSelection[]
  readonly session: GetOrCreateOptions
}

/**
 * Checks the options and fills in the defaults, before anything is changed.
 *
 * @throws `CONFIG_INVALID`; the message names each wrong option
 */
export function resolveDrill(options: unknown): ResolvedDrill {
  const { session, ...rest } = checkOptions('drill()', schema, options)
  const { through } = rest
  return { ...rest, through, session: session as GetOrCreateOptions }
}

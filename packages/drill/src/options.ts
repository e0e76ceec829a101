import type { GetOrCreateOptions, SwitchSelection } from '@sessionkeep/core'
import { checkOptions, optionsObject, strictOptions } from '@sessionkeep/core/store'
import * as z from 'zod'

/** How a drill is held. */
export interface DrillOptions {
  /** What is switched to, one after the other, once detaching and re-attaching are done. Default nothing. */
  readonly through?: readonly SwitchSelection[] | undefined
  /** How many sessions it makes, in which it counts requests; one more comes and goes. Default 5. */
  readonly sessions?: number | undefined
  /** Over all of its sessions. Default 200. */
  readonly requestsPerSecond?: number | undefined
  /** How long there is load after each step, ms; longer, where a store has not caught up by then. Default 1000. */
  readonly stepMs?: number | undefined
  /** The most that one switch may take, and that one store may take to catch up, ms. Default 10000. */
  readonly timeoutMs?: number | undefined
  /** How its sessions are started. Default: as the pool starts every session; its `launch` and `ready` are called. */
  readonly session?: GetOrCreateOptions | undefined
  /** Also where persistence is not healthy. Default false. */
  readonly force?: boolean | undefined
  /** Aborted, the drill puts everything back and then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** What they must be is the affair of whoever starts the session. */
const started = strictOptions({
  cwd: z.unknown().optional(),
  env: z.unknown().optional(),
  command: z.unknown().optional(),
  cols: z.unknown().optional(),
  rows: z.unknown().optional(),
  attributes: z.unknown().optional(),
})

/** A name or a store: the very object, since a copy of a store would be another store. */
const isChoice = (value: unknown): boolean =>
  typeof value === 'string' ? value !== '' : typeof value === 'object' && value !== null
/** A choice, or one with mirrors; `switchStore()` says what else is wrong with it. */
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

/** The options with every default filled in. */
export type ResolvedDrill = Readonly<Omit<z.infer<typeof schema>, 'through' | 'session'>> & {
  readonly through: readonly SwitchSelection[]
  readonly session: GetOrCreateOptions
}

/** Throws `CONFIG_INVALID`, naming each wrong option, before anything was touched. */
export function resolveDrill(options: unknown): ResolvedDrill {
  const { session, ...rest } = checkOptions('drill()', schema, options)
  const { through } = rest
  return { ...rest, through, session: session as GetOrCreateOptions }
}

import type { ResumeTries } from '@sessionkeep/contracts'

/** How long the pool waits after a resume, and when it gives up. */
export interface ResumeBackoff {
  /** The pause after the first attempt, ms. It doubles with each further one. @defaultValue 30000 */
  readonly minMs?: number | undefined
  /** The longest pause, ms. @defaultValue 600000 */
  readonly maxMs?: number | undefined
  /** After this many attempts, only `resumeSession()` makes another one. @defaultValue 5 */
  readonly tries?: number | undefined
  /** If an attempt begins later than this after the time at which it was due, ms, the count begins anew. @defaultValue 900000 */
  readonly withinMs?: number | undefined
  /** How long a resumed session must live until its attempts are forgotten, ms. @defaultValue 1800000 */
  readonly steadyMs?: number | undefined
}

/** The settings with every default filled in. */
export type Backoff = { readonly [Name in keyof ResumeBackoff]-?: number }

/** The longest text of an error that a record keeps, in characters. */
const MAX_ERROR = 500
/** Beyond this many doublings the pause is the longest in any case. */
const MAX_DOUBLINGS = 30

/**
 * Notes the beginning of an attempt. It is written before the session is started, so that an attempt which takes the gateway down
 * counts too. `now` is in ms since the epoch.
 */
export function beginTry(before: ResumeTries | undefined, now: number, backoff: Backoff): ResumeTries {
  const isRecent = before !== undefined && now - Math.max(before.lastAt, before.nextAt) < backoff.withinMs
  const count = (isRecent ? before.count : 0) + 1
  const pause = Math.min(backoff.maxMs, backoff.minMs * 2 ** Math.min(count - 1, MAX_DOUBLINGS))
  return {
    count,
    // Two attempts never have the same time, because the time identifies the session of an attempt.
    lastAt: Math.max(now, (before?.lastAt ?? 0) + 1),
    nextAt: now + pause,
    ...(count >= backoff.tries && { parked: true as const }),
  }
}

/** Notes why an attempt failed. */
export function failTry(tries: ResumeTries, error: string): ResumeTries {
  return { ...tries, error: error.slice(0, MAX_ERROR) }
}

/** What holds back an attempt, unless a person asked for it; undefined if nothing does. `now` is in ms since the epoch. */
export function heldBack(
  tries: ResumeTries | undefined,
  now: number,
  { maxMs }: Pick<Backoff, 'maxMs'>,
): 'parked' | 'backing-off' | undefined {
  if (tries?.parked) return 'parked'
  // No pause is longer than the longest one, so a later time was noted by a clock that was ahead and has been set back.
  return tries && now < tries.nextAt && tries.nextAt - now <= maxMs ? 'backing-off' : undefined
}

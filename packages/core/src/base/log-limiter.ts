import { type Clock, systemClock } from './clock.ts'

/** How often something that goes on may be said again, ms. */
const SUMMARY_MS = 60_000

/** What happened since it was last said. */
export interface Occasion {
  readonly times: number
  readonly sinceMs: number
}

interface LimiterOptions {
  /** How many times are logged one by one. */
  readonly burst?: number
  /** Between summaries, ms. */
  readonly summaryMs?: number
  readonly clock?: Clock
}

/**
 * Keeps a lasting fault from filling the log: the first times are logged, the next ones are counted, and at most once a
 * minute there is a summary of them.
 */
export function createLogLimiter({ burst = 1, summaryMs = SUMMARY_MS, clock = systemClock }: LimiterOptions = {}) {
  let firstAt: number | undefined
  let saidAt = 0
  let times = 0
  return {
    /** What is to be said now: `first`, a summary, or nothing. */
    happened(): 'first' | Occasion | undefined {
      const now = clock.now()
      times += 1
      firstAt ??= now
      if (times <= burst) {
        saidAt = now
        return 'first'
      }
      if (now - saidAt < summaryMs) return undefined
      saidAt = now
      return { times, sinceMs: Math.round(now - firstAt) }
    },
    /** It is over: the next time is a first one again. Gives what there was of it. */
    ended(): Occasion | undefined {
      if (firstAt === undefined) return undefined
      const occasion = { times, sinceMs: Math.round(clock.now() - firstAt) }
      firstAt = undefined
      times = 0
      return occasion
    },
  }
}

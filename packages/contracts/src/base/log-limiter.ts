import { type Clock, systemClock } from './clock.ts'

/** The default pause between two summaries of a fault that lasts, ms. */
const SUMMARY_MS = 60_000

/** How often a fault has happened, and since when. */
export interface FaultSummary {
  /** How often it has happened since it began. */
  readonly times: number
  /** How long ago it began, ms. */
  readonly sinceMs: number
}

interface LimiterOptions {
  /** How many of the first occurrences are logged one by one. */
  readonly burst?: number
  /** The shortest pause between two summaries, ms. */
  readonly summaryMs?: number
  readonly clock?: Clock
}

/**
 * Keeps a fault that lasts from filling the log: its first occurrences are logged, the next ones are counted, and a summary
 * of them is logged at most once per `summaryMs`.
 */
export function createLogLimiter({ burst = 1, summaryMs = SUMMARY_MS, clock = systemClock }: LimiterOptions = {}) {
  let firstAt: number | undefined
  let loggedAt = 0
  let times = 0
  return {
    /** Counts one occurrence. Returns what to log now: the fault itself (`first`), a summary, or nothing. */
    happened(): 'first' | FaultSummary | undefined {
      const now = clock.now()
      times += 1
      firstAt ??= now
      if (times <= burst) {
        loggedAt = now
        return 'first'
      }
      if (now - loggedAt < summaryMs) return undefined
      loggedAt = now
      return { times, sinceMs: Math.round(now - firstAt) }
    },
    /** Notes that the fault has ended, so that its next occurrence is a first one again. Returns undefined if there was no fault. */
    ended(): FaultSummary | undefined {
      if (firstAt === undefined) return undefined
      const summary = { times, sinceMs: Math.round(clock.now() - firstAt) }
      firstAt = undefined
      times = 0
      return summary
    },
  }
}

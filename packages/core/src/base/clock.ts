import { performance } from 'node:perf_hooks'

/**
 * The time, as the pool sees it. Everything in core that waits or reads the time does it through a clock, so that tests
 * can run in virtual time (see `virtualClock()` of `@sessionkeep/core/testing`).
 */
export interface Clock {
  /** Milliseconds since the epoch; may jump when the machine's time is set. For what is stored and shown. */
  date(): number
  /** Monotonic milliseconds, from an arbitrary start. For durations and deadlines. */
  now(): number
  /**
   * Calls `run` once, `ms` milliseconds from now. Gives a function that cancels it; cancelling twice, or late, does nothing.
   * @param keepAlive - Whether the process must not end before. Default false.
   */
  after(ms: number, run: () => void, keepAlive?: boolean): () => void
}

/** The clock of this machine. */
export const systemClock: Clock = {
  date: () => Date.now(),
  now: () => performance.now(),
  after(ms, run, keepAlive = false) {
    const timer = setTimeout(run, ms)
    if (!keepAlive) timer.unref()
    return () => clearTimeout(timer)
  },
}

/**
 * The source of time of a pool. All code in core that waits or reads the time uses a clock, so that tests can run in virtual
 * time: see `virtualClock()` of `@sessionkeep/core/testing`.
 */
export interface Clock {
  /** Milliseconds since the epoch, for times that are stored or shown. May jump when the time of the machine is set. */
  date(): number
  /** Monotonic milliseconds, from an arbitrary start. For durations and deadlines. */
  now(): number
  /**
   * Calls `run` once, `ms` milliseconds from now.
   * @param keepAlive - Whether the timer keeps the process from ending.
   * @defaultValue keepAlive: `false`
   * @returns A function that cancels the call; cancelling again, or after the call, does nothing.
   */
  after(ms: number, run: () => void, keepAlive?: boolean): () => void
}

/** If a timer fires this much later than it was due, ms, the process was held up. */
const LATE_MS = 100

/**
 * The clock of this machine. When the process was held up, a timer that is due lets I/O have its turn first: an answer that has
 * arrived meanwhile must not be given up for a time-out that only fires before it is read.
 */
export const systemClock: Clock = {
  date: () => Date.now(),
  now: () => performance.now(),
  after(ms, run, keepAlive = false) {
    const due = performance.now() + ms
    let immediate: NodeJS.Immediate | undefined
    const fire = () => {
      if (performance.now() - due > LATE_MS) immediate = setImmediate(run)
      else run()
    }
    const timer = setTimeout(fire, ms)
    if (!keepAlive) timer.unref()
    return () => {
      clearTimeout(timer)
      clearImmediate(immediate)
    }
  },
}

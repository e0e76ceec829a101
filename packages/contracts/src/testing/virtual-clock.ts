import { setImmediate } from 'node:timers/promises'
import { type Clock, systemClock } from '../base/clock.ts'

/** A clock for tests, whose time is independent of the machine's. */
export interface VirtualClock extends Clock {
  /**
   * Lets `ms` milliseconds pass. The timers that are due by then run in the order of their times, and after each of them the
   * event loop runs for a few turns. Resolves when all of them have run.
   */
  advance(ms: number): Promise<void>
}

/** The options of {@link virtualClock}. */
export interface VirtualClockOptions {
  /**
   * The first result of `date()`, ms since the epoch.
   * @defaultValue the time of the call
   */
  readonly startAt?: number
  /**
   * Whether time passes by itself: a millisecond with each turn of the event loop while timers are waiting, so that a second
   * takes a few real milliseconds. What a test does in memory is over long before a time-out of a second, however busy the
   * machine is. The clock does not wait for real I/O, whose time-outs may come early.
   * @defaultValue false; no timer runs until `advance()` is called
   */
  readonly flows?: boolean
}

/** The turns of the event loop after each timer, so that promises and short I/O that the timer started can go on. */
const TURNS = 3

/**
 * Creates a clock for tests of gateways, hosts and stores.
 *
 * @example
 * const clock = virtualClock()
 * const pool = createSessionPool({ host: memoryHost({ clock }), clock })
 * await clock.advance(60_000) // runs all flushes and polls of one minute at once
 */
export function virtualClock({ startAt = systemClock.date(), flows = false }: VirtualClockOptions = {}): VirtualClock {
  let passed = 0
  let nextId = 0
  let isFlowing = false
  const timers = new Map<number, { readonly at: number; readonly run: () => void }>()

  const turn = async (turns: number): Promise<void> => {
    for (let count = 0; count < turns; count += 1) await setImmediate()
  }
  /** Runs the earliest timer that is due by `until`, at its time. Returns whether there was one. */
  const runNext = (until: number): boolean => {
    let next: { readonly id: number; readonly at: number } | undefined
    for (const [id, { at }] of timers) if (at <= until && (next === undefined || at < next.at)) next = { id, at }
    if (next === undefined) return false
    const timer = timers.get(next.id)
    timers.delete(next.id)
    passed = Math.max(passed, next.at)
    timer?.run()
    return true
  }
  const flow = async (): Promise<void> => {
    isFlowing = true
    while (timers.size > 0) {
      await turn(1)
      // Each timer has a turn of its own, also timers that are due at the same time.
      if (!runNext(passed + 1)) passed += 1
    }
    isFlowing = false
  }
  const after = (ms: number, run: () => void): (() => void) => {
    nextId += 1
    const id = nextId
    // Whole milliseconds, so that times add up exactly, whatever a random pause was.
    timers.set(id, { at: passed + Math.max(0, Math.ceil(ms)), run })
    if (flows && !isFlowing) void flow()
    return () => void timers.delete(id)
  }

  return {
    date: () => startAt + Math.floor(passed),
    now: () => passed,
    after,
    async advance(ms) {
      if (flows) return new Promise((resolve) => void after(ms, resolve))
      const until = passed + Math.ceil(ms)
      do await turn(TURNS)
      while (runNext(until))
      passed = until
      await turn(TURNS)
    },
  }
}

import { setImmediate } from 'node:timers/promises'
import { type Clock, systemClock } from '../base/clock.ts'

/** A clock for tests that only moves when `advance()` is called. */
export interface VirtualClock extends Clock {
  /**
   * Lets `ms` milliseconds pass. The timers that are due by then run in the order of their times, and after each of them the
   * event loop runs for a few turns. Resolves when all of them have run.
   */
  advance(ms: number): Promise<void>
  /**
   * Lets time pass, timer by timer, until `promise` settles, and gives its outcome. Where no timer is left it waits for
   * what the promise depends on besides.
   */
  runUntil<T>(promise: Promise<T>): Promise<T>
}

/** The turns of the event loop after each timer, so that promises and real I/O that the timer started can go on. */
const TURNS = 3

/**
 * Creates a clock for tests of gateways, hosts and stores. No timer runs until `advance()` is called.
 *
 * @param startAt - The first result of `date()`, ms since the epoch. @defaultValue the time of the call
 * @example
 * const clock = virtualClock()
 * const pool = createSessionPool({ host: memoryHost(), clock })
 * await clock.advance(60_000) // runs all flushes and polls of one minute at once
 */
export function virtualClock(startAt = systemClock.date()): VirtualClock {
  let passed = 0
  let nextId = 0
  const timers = new Map<number, { readonly at: number; readonly run: () => void }>()

  const earliest = (until: number): number | undefined => {
    let found: number | undefined
    for (const [id, { at }] of timers) {
      const best = found === undefined ? undefined : timers.get(found)
      if (at <= until && (best === undefined || at < best.at)) found = id
    }
    return found
  }
  const fire = (id: number): void => {
    const timer = timers.get(id)
    timers.delete(id)
    passed = Math.max(passed, timer?.at ?? passed)
    timer?.run()
  }
  const turn = async (): Promise<void> => {
    for (let count = 0; count < TURNS; count += 1) await setImmediate()
  }

  return {
    date: () => startAt + Math.floor(passed),
    now: () => passed,
    after(ms, run) {
      nextId += 1
      const id = nextId
      timers.set(id, { at: passed + Math.max(0, ms), run })
      return () => void timers.delete(id)
    },
    async advance(ms) {
      const until = passed + ms
      await turn()
      for (let id = earliest(until); id !== undefined; id = earliest(until)) {
        fire(id)
        await turn()
      }
      passed = until
      await turn()
    },
    async runUntil(promise) {
      let isSettled = false
      const settle = (): void => {
        isSettled = true
      }
      promise.then(settle, settle)
      for (await turn(); !isSettled; await turn()) {
        const id = earliest(Number.POSITIVE_INFINITY)
        if (id !== undefined) fire(id)
      }
      return promise
    },
  }
}

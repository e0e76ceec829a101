import { setImmediate } from 'node:timers/promises'
import { virtualClock } from '../../src/testing.ts'

/** The time of a test file's pools, hosts and stores. It passes as quickly as their work allows. */
export const clock = virtualClock({ flows: true })

/** Fulfils after `ms` milliseconds of that time. */
export const sleep = (ms: number): Promise<void> => clock.advance(ms)

/** The real time without any virtual time after which waiting ends, ms. */
const PATIENCE_MS = 20_000

/**
 * Waits until `check` no longer throws, and returns its result. It is called with each millisecond of virtual time, for at most
 * `withinMs` of them: a state must not count that only a clean-up a minute later leads to.
 */
export async function until<T>(check: () => T | Promise<T>, withinMs = 10_000): Promise<T> {
  const end = clock.now() + withinMs
  let patience = { signal: AbortSignal.timeout(PATIENCE_MS), since: clock.now() }
  for (;;) {
    try {
      return await check()
    } catch (error) {
      const standsStill = patience.signal.aborted && clock.now() === patience.since
      if (standsStill || clock.now() > end) throw error
      // On a busy machine, a minute of virtual time may take longer than that.
      if (patience.signal.aborted) patience = { signal: AbortSignal.timeout(PATIENCE_MS), since: clock.now() }
      await setImmediate()
    }
  }
}

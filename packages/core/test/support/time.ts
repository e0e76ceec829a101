import { setImmediate } from 'node:timers/promises'
import { virtualClock } from '../../src/testing.ts'

/** The time of a test file's pools, hosts and stores. It passes as quickly as their work allows. */
export const clock = virtualClock({ flows: true })

/** Fulfils after `ms` milliseconds of that time. */
export const sleep = (ms: number): Promise<void> => clock.advance(ms)

/** Far more than a busy machine needs, ms of real time. */
const PATIENCE_MS = 20_000

/** Waits until `check` no longer throws, and gives what it gave. It is called between any two timers of the clock. */
export async function until<T>(check: () => T | Promise<T>): Promise<T> {
  const givenUp = AbortSignal.timeout(PATIENCE_MS)
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (givenUp.aborted) throw error
      await setImmediate()
    }
  }
}

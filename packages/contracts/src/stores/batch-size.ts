import { type Clock, systemClock } from '../base/clock.ts'

/** How long one background call should take, ms. An urgent name has to wait until the call under way has ended. */
const TARGET_MS = 5
/** The smallest batch. */
const MIN_SIZE = 4

/** A batch is doubled as long as a call then takes at most this many times as long: most of its cost is for the call, and little for each name. */
const WORTHWHILE = 1.5
/** The factor by which the shortest time that was measured for a size grows with each later call, so that a store which has become slower is noticed. */
const AGEING = 1.25

/**
 * Adapts the number of names in a background call to the speed of the store. A store whose time grows with each record gets as
 * many as it writes in a few milliseconds. A store whose time is mostly per call (a distant server, a program that is
 * started) gets more, as long as the call takes hardly longer.
 *
 * @param max - The largest batch.
 */
export function createBatchSize(max: number, clock: Clock = systemClock) {
  let size = Math.min(MIN_SIZE, max)
  /** How long a call of each size takes, ms. */
  const last = new Map<number, number>()

  const adapt = (measured: number): void => {
    // Other work on the machine only makes a call longer, so the shortest time is the best measure of the store.
    const took = Math.min(measured, (last.get(size) ?? measured) * AGEING)
    last.set(size, took)
    const [half, twice] = [Math.floor(size / 2), Math.min(max, size * 2)]
    const isWorthMore = took * WORTHWHILE >= (last.get(twice) ?? 0)
    const wasWorth = took <= WORTHWHILE * (last.get(half) ?? took)
    if (took < TARGET_MS / 2) size = twice
    else if (took > TARGET_MS && !wasWorth) size = Math.max(Math.min(MIN_SIZE, max), half)
    else if (isWorthMore) size = twice
  }

  return {
    /** The number of names for the next call. */
    current: (): number => size,
    /** Runs a call with `count` names and adapts the batch size to its duration. After a call that fails, the next one has half as many names. */
    async measure<T>(count: number, call: () => Promise<T>): Promise<T> {
      const began = clock.now()
      try {
        const result = await call()
        if (count >= size) adapt(clock.now() - began)
        return result
      } catch (error) {
        // If the batch is more than the store can take in one call, it would fail again in the same way.
        size = Math.max(1, Math.floor(Math.min(size, count) / 2))
        throw error
      }
    },
  }
}

import { type Clock, systemClock } from '../base/clock.ts'

/** What one background call may take, ms: whoever hurries waits for the call under way, and no longer. */
const TARGET_MS = 4
const LEAST = 4

/** Twice the names for at most this much more time: it is the call that costs, and not what it carries. */
const WORTH = 1.5

/**
 * How many names a background call carries: as many as a store writes in a few milliseconds, so that a store with a cost
 * per record is asked in small steps. One with a cost per call (a server far away, a program that is started) can do
 * nothing in that time: it is given more as long as that takes it hardly longer.
 */
export function createPace(most: number, clock: Clock = systemClock) {
  let size = Math.min(LEAST, most)
  /** How long the last call of each size took, ms. */
  const last = new Map<number, number>()

  const learn = (took: number): void => {
    last.set(size, took)
    const [half, twice] = [Math.floor(size / 2), Math.min(most, size * 2)]
    const isWorthMore = took * WORTH >= (last.get(twice) ?? 0)
    const wasWorth = took <= WORTH * (last.get(half) ?? took)
    if (took < TARGET_MS / 2) size = twice
    else if (took > TARGET_MS && !wasWorth) size = Math.max(Math.min(LEAST, most), half)
    else if (isWorthMore) size = twice
  }

  return {
    size: (): number => size,
    /** Runs a call that carries `count` names, and learns from how long it took. */
    async measure<T>(count: number, call: () => Promise<T>): Promise<T> {
      const began = clock.now()
      const result = await call()
      const took = clock.now() - began
      if (count >= size) learn(took)
      return result
    },
  }
}

import { performance } from 'node:perf_hooks'

/** What one background call may take, ms: whoever hurries waits for the call under way, and no longer. */
const TARGET_MS = 4
const LEAST = 4

/**
 * How many names a background call carries: as many as a store writes in a few milliseconds, so that a store with a cost
 * per record is asked in small steps, and one with a cost per call in large ones.
 */
export function createPace(most: number) {
  let size = Math.min(LEAST, most)
  return {
    size: (): number => size,
    /** Runs a call that carries `count` names, and learns from how long it took. */
    async measure<T>(count: number, call: () => Promise<T>): Promise<T> {
      const began = performance.now()
      const result = await call()
      const took = performance.now() - began
      if (took > TARGET_MS) size = Math.max(LEAST, Math.floor(size / 2))
      else if (count >= size && took < TARGET_MS / 2) size = Math.min(most, size * 2)
      return result
    },
  }
}

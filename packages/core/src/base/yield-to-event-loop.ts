import { setImmediate } from 'node:timers/promises'

const EVERY = 256

/**
 * To be awaited at each step of somebody else's iteration: lets timers and I/O have their turn once in a while. One that
 * never waits for anything would keep the process to itself, and no deadline could fire.
 */
export function createBreather(every = EVERY): () => Promise<void> | undefined {
  let steps = 0
  return () => {
    steps += 1
    return steps % every === 0 ? setImmediate() : undefined
  }
}

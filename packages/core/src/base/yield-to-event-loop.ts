import { setImmediate } from 'node:timers/promises'

/** How many steps run before the event loop gets its turn. */
const STEPS = 256

/**
 * Makes a function to be awaited at each step of an iteration over an iterable of somebody else. Every `every` steps it waits
 * until timers and I/O had their turn; otherwise an endless iterable without I/O would block the process, and no time-out
 * could fire.
 */
export function createYielding(every = STEPS): () => Promise<void> | undefined {
  let steps = 0
  return () => {
    steps += 1
    return steps % every === 0 ? setImmediate() : undefined
  }
}

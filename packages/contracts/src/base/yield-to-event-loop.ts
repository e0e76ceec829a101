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

/**
 * Calls `step` for each item, and lets timers and I/O have their turn every `every` items, so that thousands of items do not
 * block the process. While it waits, others may change what `step` reads. A short list is done without a pause.
 */
export async function forEachYielding<T>(items: Iterable<T>, step: (item: T) => void, every = STEPS): Promise<void> {
  const yieldToEventLoop = createYielding(every)
  for (const item of items) {
    step(item)
    const pause = yieldToEventLoop()
    if (pause) await pause
  }
}

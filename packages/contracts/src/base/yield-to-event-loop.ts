import { setImmediate } from 'node:timers/promises'
import { systemClock } from './clock.ts'

/**
 * The pace of long iterations. A test sets `steps` to 1, so that whatever may happen in a pause happens. Tests in virtual time set
 * the times to infinity: on a busy machine, pauses would come where they come at no other time.
 */
export const pace = {
  /** How many steps run at most before the event loop gets its turn. */
  steps: 256,
  /**
   * How long steps run before the event loop gets its turn, ms. The last step and what follows it add to that, and no turn should
   * take 10 ms.
   */
  sliceMs: 4,
  /** How long it may take to make the records of one batch, ms. Real time counts, since a large record blocks the process for some milliseconds. */
  batchMs: 40,
}

/**
 * Makes a function to be awaited at each step of an iteration. After `every` steps, or sooner if they took long, it waits until
 * timers and I/O had their turn; otherwise a long iteration without I/O would block the process, and no time-out could fire.
 * Real time counts, whatever the clock of the pool says: the process is blocked in real time.
 */
export function createYielding(every = pace.steps): () => Promise<void> | undefined {
  const most = Math.min(every, pace.steps)
  let steps = 0
  let since = systemClock.now()
  const pause = async (): Promise<void> => {
    await setImmediate()
    steps = 0
    since = systemClock.now()
  }
  return () => {
    steps += 1
    return steps >= most || systemClock.now() - since >= pace.sliceMs ? pause() : undefined
  }
}

/**
 * Makes a function that spreads a burst of calls over several turns of the event loop. Each call awaits the function first. The
 * calls then go on one after another, and timers and I/O have their turn whenever the calls before have taken long.
 */
export function createTurns(): () => Promise<void> {
  let waiting = 0
  let last = Promise.resolve()
  let yieldToEventLoop = createYielding()
  return () => {
    // The time since the last call of an earlier burst was not spent on work.
    if (waiting === 0) yieldToEventLoop = createYielding()
    waiting += 1
    last = last.then(yieldToEventLoop).then(() => {
      waiting -= 1
    })
    return last
  }
}

/**
 * Calls `step` for each item, and lets timers and I/O have their turn every `every` items, or sooner if these took long, so that
 * thousands of items or some large ones do not block the process. While it waits, others may change what `step` reads. A short
 * list is done without a pause.
 */
export async function forEachYielding<T>(
  items: Iterable<T>,
  step: (item: T) => void,
  every = pace.steps,
): Promise<void> {
  const yieldToEventLoop = createYielding(every)
  for (const item of items) {
    step(item)
    const pause = yieldToEventLoop()
    if (pause) await pause
  }
}

import { type Clock, systemClock } from './clock.ts'

/** Makes timers that do not keep the process alive and can all be stopped at once. */
export function createTimers(clock: Clock = systemClock) {
  const running = new Set<() => void>()
  let stopped = false

  const after = (ms: number, run: () => void): void => {
    if (stopped) return
    const cancel = clock.after(ms, () => {
      running.delete(cancel)
      run()
    })
    running.add(cancel)
  }

  return {
    /** Runs `work` repeatedly: `delayMs()` after the start, and after the end of each run. A rejection is passed to `onError`. */
    repeat(work: () => Promise<unknown>, delayMs: () => number, onError: (error: unknown) => void): void {
      const next = (): void =>
        after(delayMs(), () => {
          work().catch(onError).finally(next)
        })
      next()
    },
    /** Cancels all timers. A run of `work` that has begun is not interrupted. */
    stop(): void {
      stopped = true
      for (const cancel of running) cancel()
      running.clear()
    },
  }
}

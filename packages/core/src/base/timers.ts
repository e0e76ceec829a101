import { type Clock, systemClock } from './clock.ts'

/** Timers that do not keep a process alive, and end together. */
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
    /** Runs `work` again and again, `delayMs()` after the last run has ended. What it rejects with goes to `onError`. */
    repeat(work: () => Promise<unknown>, delayMs: () => number, onError: (error: unknown) => void): void {
      const next = (): void =>
        after(delayMs(), () => {
          work().catch(onError).finally(next)
        })
      next()
    },
    stop(): void {
      stopped = true
      for (const cancel of running) cancel()
      running.clear()
    },
  }
}

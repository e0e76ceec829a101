/** Timers that do not keep a process alive, and end together. */
export function createTimers() {
  const running = new Set<NodeJS.Timeout>()
  let stopped = false

  const after = (ms: number, run: () => void): void => {
    if (stopped) return
    const timer = setTimeout(() => {
      running.delete(timer)
      run()
    }, ms)
    timer.unref()
    running.add(timer)
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
      for (const timer of running) clearTimeout(timer)
      running.clear()
    },
  }
}

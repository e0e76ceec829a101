const EVERY_MS = 5

/** Measures how long the event loop is blocked. `stop()` returns the longest time in ms. */
export function watchStalls(): { stop(): number } {
  let last = performance.now()
  let longest = 0
  const sample = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last - EVERY_MS)
    last = now
  }
  const timer = setInterval(sample, EVERY_MS)
  return {
    stop() {
      sample()
      clearInterval(timer)
      return Math.round(longest)
    },
  }
}

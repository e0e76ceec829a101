const EVERY_MS = 5

/** Watches the event loop; `stop()` answers the longest time, in ms, for which it ran nothing else. */
export function watchStalls(): { stop(): number } {
  let last = performance.now()
  let longest = 0
  const look = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last - EVERY_MS)
    last = now
  }
  const timer = setInterval(look, EVERY_MS)
  return {
    stop() {
      look()
      clearInterval(timer)
      return Math.round(longest)
    },
  }
}

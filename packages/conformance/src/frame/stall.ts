const EVERY_MS = 5

/** The longest time, in ms, for which the event loop was blocked. */
export interface Stalls {
  /** By the clock: another busy program makes it longer. */
  readonly longestMs: number
  /** The same, of which only the processor time of this process counts. It is the same on a busy machine. */
  readonly longestBusyMs: number
  /** The third longest of these times. Unlike a single one, it is not a pause of the garbage collector. */
  readonly repeatedBusyMs: number
}

/** Measures how long the event loop is blocked, until `stop()`. */
export function watchStalls(): { stop(): Stalls } {
  let last = performance.now()
  let lastUsage = process.cpuUsage()
  let longestMs = 0
  let busiest = [0, 0, 0]
  const sample = () => {
    const now = performance.now()
    const { user, system } = process.cpuUsage(lastUsage)
    lastUsage = process.cpuUsage()
    const blockedMs = now - last - EVERY_MS
    longestMs = Math.max(longestMs, blockedMs)
    const busyMs = Math.min(blockedMs, (user + system) / 1000)
    if (busyMs > Math.min(...busiest)) busiest = [...busiest, busyMs].sort((a, b) => b - a).slice(0, 3)
    last = now
  }
  const timer = setInterval(sample, EVERY_MS)
  return {
    stop() {
      sample()
      clearInterval(timer)
      const [longestBusyMs = 0, , repeatedBusyMs = 0] = busiest.map(Math.round)
      return { longestMs: Math.round(longestMs), longestBusyMs, repeatedBusyMs }
    },
  }
}

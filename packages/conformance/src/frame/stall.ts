import { readFileSync } from 'node:fs'
import { PerformanceObserver } from 'node:perf_hooks'

const EVERY_MS = 5
/** Shorter blocks are ignored. */
const LEAST_MS = 20

/** The longest time, in ms, for which the event loop was blocked. */
export interface Stalls {
  /** Measured by the clock, so another busy program makes it longer. */
  readonly longestMs: number
  /**
   * The most processor time that this thread used in one block, without garbage collection. Other busy programs and a large
   * heap do not change it.
   */
  readonly longestBusyMs: number
}

interface Span {
  readonly from: number
  readonly to: number
}

/** Measures how long the event loop is blocked, until `stop()`. */
export function watchStalls(): { stop(): Stalls } {
  let last = performance.now()
  let lastUsed = usedMs()
  let longestMs = 0
  const stalls: Array<Span & { busyMs: number }> = []
  const collections: Span[] = []
  const note = (entries: readonly { startTime: number; duration: number }[]) => {
    for (const { startTime, duration } of entries) collections.push({ from: startTime, to: startTime + duration })
  }
  const observer = new PerformanceObserver((list) => note(list.getEntries()))
  observer.observe({ entryTypes: ['gc'] })
  const sample = () => {
    const now = performance.now()
    const used = usedMs()
    const blockedMs = now - last - EVERY_MS
    longestMs = Math.max(longestMs, blockedMs)
    const busyMs = Math.min(blockedMs, used - lastUsed)
    lastUsed = used
    if (busyMs > LEAST_MS) stalls.push({ from: last, to: now, busyMs })
    last = now
  }
  const timer = setInterval(sample, EVERY_MS)
  return {
    stop() {
      sample()
      clearInterval(timer)
      note(observer.takeRecords())
      observer.disconnect()
      const busy = stalls.map((stall) => stall.busyMs - commonOf(stall, collections))
      return { longestMs: Math.round(longestMs), longestBusyMs: Math.round(Math.max(0, ...busy)) }
    },
  }
}

/** The processor time of this thread so far, in ms. Where the system does not know it, that of the whole process. */
function usedMs(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
  } catch {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  }
}

/** How much of a span other spans take, in ms. */
function commonOf({ from, to }: Span, others: readonly Span[]): number {
  return others.reduce((sum, other) => sum + Math.max(0, Math.min(to, other.to) - Math.max(from, other.from)), 0)
}

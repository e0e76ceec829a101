import { PerformanceObserver } from 'node:perf_hooks'
import { processorMs } from './processor-time.ts'

const EVERY_MS = 5
/** The shortest block of the event loop that counts, ms. */
const LEAST_MS = 20

/** The longest time, in ms, for which the event loop was blocked. */
export interface Stalls {
  /** The longest block in elapsed time, so another busy program makes it longer. */
  readonly longestMs: number
  /**
   * The most processor time that this thread used in one block, without garbage collection and slow page faults. Other busy
   * programs, a large heap and a machine whose memory is slow do not change it.
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
  let lastUsed = processorMs()
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
    const used = processorMs()
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

/** How much of a span other spans take, in ms. */
function commonOf({ from, to }: Span, others: readonly Span[]): number {
  return others.reduce((sum, other) => sum + Math.max(0, Math.min(to, other.to) - Math.max(from, other.from)), 0)
}

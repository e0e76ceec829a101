import { performance } from 'node:perf_hooks'
import type { DrilledPool } from './drilled-pool.ts'
import type { Failures } from './failures.ts'

/** Sends requests to these workspaces in turn at a fixed rate, whether or not earlier ones have finished. */
export function startLoad(
  pool: DrilledPool,
  workspaces: readonly string[],
  requestsPerSecond: number,
  failures: Failures,
) {
  const periodMs = 1000 / requestsPerSecond
  const tookMs: number[] = []
  const running = new Set<Promise<void>>()
  let due = performance.now()
  let made = 0
  let timer: NodeJS.Timeout | undefined

  const request = async (workspace: string, dueAt: number): Promise<void> => {
    try {
      await pool.withRequest(workspace, () => pool.getSession(workspace))
    } catch (error) {
      failures.add('request', error)
    }
    // The time is measured from the moment at which the request was due, so that it includes a blocked event loop.
    tookMs.push(performance.now() - dueAt)
  }

  const tick = (): void => {
    for (const now = performance.now(); due <= now; due += periodMs) {
      const one = request(workspaces[made % workspaces.length] as string, due)
      made += 1
      running.add(one)
      void one.then(() => running.delete(one))
    }
    timer = setTimeout(tick, Math.max(1, due - performance.now()))
  }
  tick()

  return {
    made: (): number => made,
    /** The longest request, ms, of those that ended after the first `from`. */
    longestMs: (from = 0): number => tookMs.slice(from).reduce((longest, ms) => Math.max(longest, ms), 0),
    ended: (): number => tookMs.length,
    p999Ms(): number {
      const sorted = [...tookMs].sort((a, b) => a - b)
      return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.999))] ?? 0
    },
    /** Stops sending. Resolves when the running requests have ended. */
    async stop(): Promise<void> {
      clearTimeout(timer)
      await Promise.all(running)
    },
  }
}

export type Load = ReturnType<typeof startLoad>

import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DrilledPool } from './drilled-pool.ts'
import type { DirtyPeak } from './report.ts'

const POLL_MS = 20

/** Samples the state of persistence regularly and remembers the worst values. */
export function startWatch(pool: DrilledPool) {
  let ofStep: DirtyPeak = { names: 0, oldestDirtyMs: 0 }
  let ofAll = ofStep

  const sample = (): void => {
    const stores = pool.persistence().stores.filter(({ active: isActive }) => isActive)
    const names = Math.max(0, ...stores.map(({ dirty }) => dirty))
    const oldestDirtyMs = Math.max(0, ...stores.map((store) => store.oldestDirtyMs))
    ofStep = worse(ofStep, { names, oldestDirtyMs })
    ofAll = worse(ofAll, ofStep)
  }
  const timer = setInterval(sample, POLL_MS)

  return {
    /** Returns the worst values since the last call. */
    takePeak(): DirtyPeak {
      sample()
      const peak = ofStep
      ofStep = { names: 0, oldestDirtyMs: 0 }
      return peak
    },
    all: (): DirtyPeak => ofAll,
    stop: (): void => clearInterval(timer),
  }
}

function worse(a: DirtyPeak, b: DirtyPeak): DirtyPeak {
  return { names: Math.max(a.names, b.names), oldestDirtyMs: Math.max(a.oldestDirtyMs, b.oldestDirtyMs) }
}

/**
 * Resolves with the time, ms, until every active store is attached and lacks nothing older than the start of this
 * call; undefined when that takes longer than `timeoutMs`.
 */
export async function untilCaughtUp(
  pool: DrilledPool,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const since = performance.now()
  for (;;) {
    const elapsedMs = performance.now() - since
    const { stores, effective } = pool.persistence()
    const active = stores.filter(({ active: isActive }) => isActive)
    const isUp = active.every(({ state, oldestDirtyMs }) => state === 'attached' && oldestDirtyMs <= elapsedMs)
    // When persistence is off, no store can lag behind.
    const isOff = effective.reason === 'off' || effective.reason === 'rolled-back'
    if (isUp && (isOff || active.length > 0)) return elapsedMs
    // A stopped pool never catches up.
    if (elapsedMs > timeoutMs || signal?.aborted || !pool.getStats().started) return undefined
    await sleep(POLL_MS / 4)
  }
}

export type Watch = ReturnType<typeof startWatch>

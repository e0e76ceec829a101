import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DrilledPool } from './drilled-pool.ts'
import type { DirtyPeak } from './report.ts'

const LOOK_MS = 20

/** Looks at how persistence stands, again and again, and remembers the worst of it. */
export function startWatch(pool: DrilledPool) {
  let ofStep: DirtyPeak = { names: 0, oldestDirtyMs: 0 }
  let ofAll = ofStep

  const look = (): void => {
    const stores = pool.persistence().stores.filter(({ active: isActive }) => isActive)
    const names = Math.max(0, ...stores.map(({ dirty }) => dirty))
    const oldestDirtyMs = Math.max(0, ...stores.map((store) => store.oldestDirtyMs))
    ofStep = worse(ofStep, { names, oldestDirtyMs })
    ofAll = worse(ofAll, ofStep)
  }
  const timer = setInterval(look, LOOK_MS)

  return {
    /** The worst since it was last asked for. */
    takeStep(): DirtyPeak {
      look()
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

/** ms until every store in force is attached and lacks nothing older than now; undefined: not within `timeoutMs`. */
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
    // Where persistence is off there is no store that could lag behind.
    const isOff = effective.reason === 'off' || effective.reason === 'rolled-back'
    if (isUp && (isOff || active.length > 0)) return elapsedMs
    // A pool that was stopped will never catch up.
    if (elapsedMs > timeoutMs || signal?.aborted || !pool.getStats().started) return undefined
    await sleep(LOOK_MS / 4)
  }
}

export type Watch = ReturnType<typeof startWatch>

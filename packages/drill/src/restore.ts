import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DrilledPool } from './drilled-pool.ts'
import type { Failures } from './failures.ts'
import { codeOf } from './failures.ts'
import type { DrillReport } from './report.ts'

const RETRY_MS = 100

/** Whether the active selection is that of the layers or of this drill, and no other switch is running. */
export function isOurs(pool: DrilledPool, reason: string): boolean {
  const { desired, switching } = pool.persistence()
  return !switching && (desired.layer !== 'runtime' || desired.reason === reason)
}

/**
 * Keeps trying in the background to restore the selection of the layers, until it succeeds or another caller switches, so
 * that a drill does not leave a pool without its stores.
 */
export async function restoreInBackground(pool: DrilledPool, reason: string, timeoutMs: number): Promise<void> {
  for (;;) {
    await sleep(Math.max(RETRY_MS, timeoutMs), undefined, { ref: false })
    const { desired, switching } = pool.persistence()
    if (desired.layer !== 'runtime' || desired.reason !== reason) return
    try {
      if (!switching) await pool.switchStore('auto', { reason, timeoutMs })
    } catch (error) {
      if (['SWITCH_SUPERSEDED', 'POOL_STOPPED'].includes(codeOf(error) ?? '')) return
    }
  }
}

/** Restores the selection of the layers. Tries again until it succeeds, the time is up, or another caller switches. */
export async function restore(
  pool: DrilledPool,
  { reason, timeoutMs, failures }: { reason: string; timeoutMs: number; failures: Failures },
): Promise<DrillReport['restored']> {
  const until = performance.now() + 3 * timeoutMs
  for (;;) {
    const { desired, switching } = pool.persistence()
    if (!switching && desired.layer !== 'runtime') return 'yes'
    if (desired.layer === 'runtime' && desired.reason !== reason) return 'superseded'
    try {
      // A switch of another caller is not cancelled. But it may still fail, so this waits for it.
      if (!switching) await pool.switchStore('auto', { reason, timeoutMs })
    } catch (error) {
      const code = codeOf(error)
      if (code === 'SWITCH_SUPERSEDED') return 'superseded'
      if (code === 'POOL_STOPPED' || performance.now() > until) {
        failures.add('restore', error)
        return 'failed'
      }
    }
    if (performance.now() > until) {
      const running = switching ? `: a switch to ${switching.store} is running` : ''
      failures.add('restore', new Error(`The pool did not return to the selection of its layers in time${running}.`))
      return 'failed'
    }
    await sleep(RETRY_MS)
  }
}

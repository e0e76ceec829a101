import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DrilledPool } from './drilled-pool.ts'
import type { Failures } from './failures.ts'
import { codeOf } from './failures.ts'
import type { DrillReport } from './report.ts'

const AGAIN_MS = 100

/** Whether what is in force is the layers' choice or the drill's, and nobody else has begun to change it. */
export function isOurs(pool: DrilledPool, reason: string): boolean {
  const { desired, switching } = pool.persistence()
  return !switching && (desired.layer !== 'runtime' || desired.reason === reason)
}

/** Goes on with the way back behind the drill's report, for as long as nobody else decides: a drill leaves no pool in memory. */
export async function putBackBehind(pool: DrilledPool, reason: string, timeoutMs: number): Promise<void> {
  for (;;) {
    await sleep(Math.max(AGAIN_MS, timeoutMs), undefined, { ref: false })
    const { desired, switching } = pool.persistence()
    if (desired.layer !== 'runtime' || desired.reason !== reason) return
    try {
      if (!switching) await pool.switchStore('auto', { reason, timeoutMs })
    } catch (error) {
      if (['SWITCH_SUPERSEDED', 'POOL_STOPPED'].includes(codeOf(error) ?? '')) return
    }
  }
}

/** Back to what the layers say, tried again until it is there, unless somebody else has decided meanwhile. */
export async function putBack(
  pool: DrilledPool,
  { reason, timeoutMs, failures }: { reason: string; timeoutMs: number; failures: Failures },
): Promise<DrillReport['restored']> {
  const until = performance.now() + 3 * timeoutMs
  for (;;) {
    const { desired, switching } = pool.persistence()
    if (!switching && desired.layer !== 'runtime') return 'yes'
    if (desired.layer === 'runtime' && desired.reason !== reason) return 'superseded'
    try {
      // Somebody else's switch may yet fail: it is waited for, not overruled.
      if (!switching) await pool.switchStore('auto', { reason, timeoutMs })
    } catch (error) {
      const code = codeOf(error)
      if (code === 'SWITCH_SUPERSEDED') return 'superseded'
      if (code === 'POOL_STOPPED' || performance.now() > until) {
        failures.add('putting back', error)
        return 'failed'
      }
    }
    if (performance.now() > until) return 'failed'
    await sleep(AGAIN_MS)
  }
}

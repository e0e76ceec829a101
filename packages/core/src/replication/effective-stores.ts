import type { PoolCore } from '../sessions/pool-core.ts'

/** The stores that take writes now and keep them; `memory` alone when none does. */
export function effectiveStores(core: PoolCore): readonly string[] {
  const healthy = core.replicas.retaining().filter((replica) => replica.state() === 'attached')
  return healthy.length > 0 ? healthy.map(({ label }) => label) : ['memory']
}

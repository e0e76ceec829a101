import type { PoolCore } from '../context/pool-core.ts'

/** The stores that take writes now and keep them; `memory` alone when none does. */
export function effectiveStores(core: PoolCore): readonly string[] {
  const healthy = core.replicas
    .inForce()
    .filter((replica) => replica.state() === 'attached' && replica.store.capabilities.retains)
  return healthy.length > 0 ? healthy.map(({ label }) => label) : ['memory']
}

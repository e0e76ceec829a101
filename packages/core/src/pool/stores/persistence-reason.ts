import type { DesiredSelection } from '../../selection/selection.ts'
import type { PoolCore } from '../../sessions/pool-core.ts'
import type { FailedSwitch } from './follow-layers.ts'
import { nameOf } from './plan.ts'

/**
 * Why persistence is as it is; the first that applies.
 *
 * - `stopped`: `stop()` or `terminate()` was called.
 * - `observing`: this pool never writes.
 * - `switch-failed`: a layer wants a store that cannot be had; what was in force goes on, and it is tried again.
 * - `degraded`: a store fails, for all names or for some, or has records that are left alone; it is tried again by itself.
 * - `locked`: another writer holds a store; it is read, and attached when it is free.
 * - `rolled-back`: `memory` or `none`, by a call at run time.
 * - `starting`: not attached yet.
 * - `off`: the store in force keeps nothing over a restart, as desired (`memory` or `none`).
 * - `ok`: every store that is wanted is attached.
 */
export type PersistenceReason =
  | 'stopped'
  | 'observing'
  | 'switch-failed'
  | 'degraded'
  | 'locked'
  | 'rolled-back'
  | 'starting'
  | 'off'
  | 'ok'

export function reasonOf(
  core: PoolCore,
  { store, layer }: DesiredSelection,
  failed: FailedSwitch | undefined,
): PersistenceReason {
  if (core.stopped) return 'stopped'
  const replicas = core.replicas.inForce()
  const states = replicas.map((replica) => replica.state())
  const isAny = (...wanted: string[]) => states.some((state) => wanted.includes(state))
  if (core.options.role === 'observer' && !isAny('degraded', 'locked', 'joining', 'detached')) return 'observing'
  if (failed) return 'switch-failed'
  if (isAny('degraded')) return 'degraded'
  if (isAny('locked')) return 'locked'
  const off = store === 'memory' || nameOf(store) === 'none'
  if (off && layer === 'runtime') return 'rolled-back'
  if ((!off && states.length === 0) || isAny('joining', 'detached')) return 'starting'
  if (replicas.some((replica) => replica.error() ?? replica.refused())) return 'degraded'
  return off ? 'off' : 'ok'
}

import { atMost } from '../../base/timeout.ts'
import { loadStore } from '../../selection/load-store.ts'
import type { DesiredSelection } from '../../selection/selection.ts'
import type { PoolCore } from '../../sessions/pool-core.ts'

/**
 * Loads the modules of stores that are configured and not chosen: a later switch to one of them is then made without
 * reading a module while requests wait. Nothing is opened. What cannot be loaded is told when it is chosen.
 */
export async function loadAhead(core: PoolCore, desired: DesiredSelection): Promise<void> {
  const { store, mirror, stores } = desired
  const others = Object.keys(stores).filter((name) => name !== store && !mirror.includes(name))
  const loading = others.map((name) => loadStore(name, desired, core.logger))
  await atMost(core.options.metadata.attachTimeoutMs, Promise.allSettled(loading))
}

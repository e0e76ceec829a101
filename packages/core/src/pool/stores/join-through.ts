import type { Survey } from '../../discovery/discover.ts'
import { askWhole } from '../../discovery/read-stores.ts'
import type { Replica } from '../../replication/replica.ts'
import type { PoolCore } from '../../sessions/pool-core.ts'

/**
 * Reads a store whole and joins what it has with what the pool knows. It is read outside of the survey's turn: a store
 * that takes its time does not hold up what is known without it.
 */
export async function joinThrough(core: PoolCore, survey: Survey, replica: Replica): Promise<void> {
  const answer = await askWhole(core, replica)
  const { storeErrors } = await survey({ joining: new Map([[replica, answer]]) })
  const error = storeErrors.get(replica)
  if (error) throw error
}

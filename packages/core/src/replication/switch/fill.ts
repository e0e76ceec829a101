import { StoreError } from '../../errors/store-error.ts'
import type { PoolCore } from '../../sessions/pool-core.ts'
import type { Member } from '../members.ts'

/**
 * Writes what a store lacks of what lives, while everything goes on as before; rejects where it did not get that. What it
 * is not to have, a newer release's record for example, it does not get.
 */
export async function fill(core: PoolCore, member: Member): Promise<void> {
  // A session that is renamed meanwhile is to be written anew.
  const lacking = core.options.role === 'owner' && (await pour(core, member)) > 0 ? await pour(core, member) : 0
  assertWell(member)
  if (lacking === 0) return
  throw new StoreError(
    'STORE_UNAVAILABLE',
    `Store ${member.replica.label} could not be given ${lacking} of the sessions: it does not say what it has of them.`,
  )
}

/** Gives how many sessions are not there now as they were when it began. */
async function pour(core: PoolCore, { replica }: Member): Promise<number> {
  const owed = core.replicas.living()
  core.replicas.distribute()
  core.replicas.markAll(replica)
  await replica.flush()
  return core.replicas.countLacking(replica, owed)
}

/** Throws what keeps a store from being relied on. */
export function assertWell({ replica }: Member): void {
  const error = replica.error()
  if (error) throw error
  if (replica.state() === 'attached' || replica.state() === 'observing') return
  throw new StoreError('STORE_UNAVAILABLE', `Store ${replica.label} is ${replica.state()}.`)
}

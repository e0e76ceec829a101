import type { PoolCore } from '../context/pool-core.ts'
import type { Member } from '../context/replica-set.ts'
import type { StoreKey } from '../replica/store-key.ts'

/** The stores that were let go and are not closed yet. */
export type Leaving = Map<StoreKey, Promise<unknown>>

/** From here on the pool relies on these stores, and on no other. Synchronous; gives those that are to be let go. */
export function commit(core: PoolCore, members: ReadonlyArray<readonly [Member, Member['role']]>): Member[] {
  const left = core.replicas.retain(members.map(([member]) => member))
  for (const [member, role] of members) {
    const { replica, isCandidate } = member
    member.role = role
    member.isCandidate = false
    if (!isCandidate || replica.state() !== 'attached') continue
    core.logger.info({ store: replica.label }, 'Store attached')
    core.events.emit('store:attached', { store: replica.label })
  }
  return left
}

/**
 * Lets a store go that no longer takes part: what it lacks is written for at most `deadlineMs`, then it is closed.
 * What it holds stays as it is. Resolves by the deadline, closed or not; gives how many names were not written.
 */
export async function letGo(core: PoolCore, leaving: Leaving, member: Member, deadlineMs: number): Promise<number> {
  const { replica, key, isCandidate } = member
  // The pool's own memory store was made empty: it knows of nothing.
  if (!isCandidate && replica.store.capabilities.retains && key !== 'memory')
    core.replicas.leave(replica, key, replica.isJoined() && core.hostListed)
  const detached = replica.detach(deadlineMs)
  const closed = detached.then(() => replica.closed())
  // One that waited for its former self to close leaves that to be waited for.
  const all = Promise.all([leaving.get(key), closed])
  leaving.set(key, all)
  void closed.then(() => core.replicas.forget(replica))
  void all.then(() => {
    if (leaving.get(key) === all) leaving.delete(key)
  })
  await detached
  return replica.dirtyCount()
}

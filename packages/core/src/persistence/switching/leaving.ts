import type { PoolCore } from '../../context/pool-core.ts'
import type { Member } from '../../context/replica-set.ts'
import type { StoreKey } from '../../replica/store-key.ts'

/** The stores that were let go and are not closed yet. What they hold stays as it is. */
export function createLeaving(core: PoolCore) {
  const leaving = new Map<StoreKey, Promise<unknown>>()

  return {
    /**
     * Lets a store go that no longer takes part: what it lacks is written for at most `deadlineMs`, then it is closed.
     * Resolves by the deadline, closed or not; gives how many names were not written.
     */
    async letGo(member: Member, deadlineMs: number): Promise<number> {
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
    },
    /** Fulfils once the store of that key is closed: it may be opened again. Undefined where none is being let go. */
    gone: (key: StoreKey): Promise<unknown> | undefined => leaving.get(key),
    /** Fulfils once all that were let go by now are closed. */
    closed: (): Promise<unknown> => Promise.all(leaving.values()),
  }
}

export type Leaving = ReturnType<typeof createLeaving>

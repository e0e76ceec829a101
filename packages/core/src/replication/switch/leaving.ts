import { performance } from 'node:perf_hooks'
import { atMost } from '../../base/timeout.ts'
import type { PoolCore } from '../../sessions/pool-core.ts'
import type { Member } from '../members.ts'
import type { Replica } from '../replica.ts'
import type { StoreKey } from '../store-key.ts'

/** How long stores that were let go and have everything may take for closing before nobody waits for them any more, ms. */
const CLOSING_MS = 1000

/** The stores that were let go and are not closed yet. What they hold stays as it is. */
export function createLeaving(core: PoolCore) {
  const leaving = new Map<StoreKey, Promise<unknown>>()
  const open = new Set<Replica>()
  let leaveAlone: () => void = () => undefined
  const leftAlone = new Promise<void>((resolve) => {
    leaveAlone = resolve
  })

  const owed = (): number => [...open].reduce((sum, replica) => sum + replica.dirtyCount(), open.size)
  /** A write may be slow, and has the time that any call has. */
  const standstillMs = (): number => (owed() > open.size ? core.options.metadata.callTimeoutMs : CLOSING_MS)

  return {
    /**
     * Lets a store go that no longer takes part: what it lacks is written for at most `timeoutMs`, then it is closed.
     * Resolves by the deadline, closed or not; gives how many names were not written.
     */
    async letGo(member: Member, timeoutMs: number): Promise<number> {
      const { replica, key, isCandidate } = member
      if (!isCandidate && replica.store.capabilities.retains)
        core.replicas.leave(replica, key, replica.isJoined() && core.hostListed)
      open.add(replica)
      const detached = replica.detach(timeoutMs)
      const closed = detached.then(() => replica.closed())
      // One that waited for its former self to close leaves that to be waited for.
      const all = Promise.all([leaving.get(key), closed])
      leaving.set(key, all)
      void closed.then(() => {
        open.delete(replica)
        core.replicas.forget(replica)
      })
      void all.then(() => {
        if (leaving.get(key) === all) leaving.delete(key)
      })
      await Promise.race([detached, leftAlone])
      return replica.dirtyCount()
    },
    /** Fulfils once the store of that key is closed: it may be opened again. Undefined where none is being let go. */
    gone: (key: StoreKey): Promise<unknown> | undefined => leaving.get(key),

    /**
     * Waits for the end of all that were let go by now: for at most `timeoutMs`, and only as long as one of them is still
     * written or closed. Whoever waits for one of them is answered by then. Nothing is to be let go after it.
     */
    async ended(timeoutMs: number): Promise<void> {
      const until = performance.now() + timeoutMs
      const all = Promise.all(leaving.values()).then(() => true)
      for (let isOver = false; !isOver; ) {
        const before = owed()
        const leftMs = until - performance.now()
        const stillMs = standstillMs()
        const areClosed = await atMost(Math.max(1, Math.min(stillMs, leftMs)), all)
        isOver = areClosed === true || leftMs <= stillMs || owed() === before
      }
      leaveAlone()
    },
  }
}

export type Leaving = ReturnType<typeof createLeaving>

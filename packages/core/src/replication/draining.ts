import type { Clock } from '../base/clock.ts'
import { atMost } from '../base/timeout.ts'
import type { Member, StoreKey } from './members.ts'
import type { Replica } from './replica.ts'
import type { ReplicaSet } from './replicas.ts'

/** How long detached stores that have everything may take for closing before nobody waits for them any more, ms. */
const CLOSING_MS = 1000

export interface DrainingOptions {
  readonly replicas: ReplicaSet
  readonly clock: Clock
  /** The most that one store call may take, ms. */
  readonly callTimeoutMs: number
  /** Whether the host has said once what lives. */
  readonly hasHostListed: () => boolean
}

/** The stores that were detached and are not closed yet. What they hold stays as it is. */
export function createDraining({ replicas, clock, callTimeoutMs, hasHostListed }: DrainingOptions) {
  const draining = new Map<StoreKey, Promise<unknown>>()
  const open = new Set<Replica>()
  const abandoned = new AbortController()
  const isAbandoned = new Promise<void>((resolve) => {
    abandoned.signal.addEventListener('abort', () => resolve(), { once: true })
  })

  /** Falls with each name that is written and each store that is closed. */
  const remaining = (): number => [...open].reduce((sum, replica) => sum + replica.dirtyCount(), open.size)
  /** A write may be slow, and has the time that any call has. */
  const standstillMs = (): number => (remaining() > open.size ? callTimeoutMs : CLOSING_MS)

  return {
    /**
     * Detaches a store that no longer takes part: what it lacks is written for at most `timeoutMs`, then it is closed.
     * Resolves by then, closed or not; gives how many names were not written.
     */
    async detach({ replica, key, isCandidate }: Member, timeoutMs: number): Promise<number> {
      if (!isCandidate && replica.store.capabilities.retains)
        replicas.leave(replica, key, replica.isJoined() && hasHostListed())
      open.add(replica)
      const detached = replica.detach(timeoutMs)
      const closed = detached.then(() => replica.closed())
      // A store that waited for its former self to close leaves that to be waited for.
      const all = Promise.all([draining.get(key), closed])
      draining.set(key, all)
      void closed.then(() => {
        open.delete(replica)
        replicas.forget(replica)
      })
      void all.then(() => {
        if (draining.get(key) === all) draining.delete(key)
      })
      await Promise.race([detached, isAbandoned])
      return replica.dirtyCount()
    },
    /** Fulfils once the store of that key is closed and may be opened again; undefined where it is not draining. */
    closed: (key: StoreKey): Promise<unknown> | undefined => draining.get(key),

    /**
     * Waits for all that are draining now: for at most `timeoutMs`, and only as long as one of them is still written or
     * closed. Whoever waits for one of them is answered by then. Nothing is to be detached after it.
     */
    async ended(timeoutMs: number): Promise<void> {
      const until = clock.now() + timeoutMs
      const all = Promise.all(draining.values()).then(() => true)
      for (let isOver = false; !isOver; ) {
        const before = remaining()
        const leftMs = until - clock.now()
        const stillMs = standstillMs()
        const areClosed = await atMost(Math.max(1, Math.min(stillMs, leftMs)), all, clock)
        isOver = areClosed === true || leftMs <= stillMs || remaining() === before
      }
      abandoned.abort()
    },
  }
}

export type Draining = ReturnType<typeof createDraining>

import type { Clock } from '@sessionkeep/contracts'
import { waitAtMost } from '@sessionkeep/contracts/internal'
import type { Member, StoreKey } from './members.ts'
import type { Replica } from './replica.ts'
import type { ReplicaSet } from './replicas.ts'

/** How long to wait for detached stores that have every record and are only being closed, ms. */
const CLOSING_MS = 1000

/** The parameters of {@link createDraining}. */
interface DrainingOptions {
  readonly replicas: ReplicaSet
  readonly clock: Clock
  /** The time-out of one store call, ms. */
  readonly callTimeoutMs: number
  /** Whether the host has listed its sessions at least once. */
  readonly hasHostListed: () => boolean
}

/** Keeps track of the stores that were detached and are not closed yet. */
export function createDraining({ replicas, clock, callTimeoutMs, hasHostListed }: DrainingOptions) {
  const draining = new Map<StoreKey, Promise<unknown>>()
  const open = new Set<Replica>()
  const abandoned = new AbortController()
  const isAbandoned = new Promise<void>((resolve) => {
    abandoned.signal.addEventListener('abort', () => resolve(), { once: true })
  })

  /** The number of dirty names and open stores; it falls with each write and each store that is closed. */
  const remaining = (): number => [...open].reduce((sum, replica) => sum + replica.dirtyCount(), open.size)
  /** How long `ended()` waits without progress, ms: a single write may take as long as any call. */
  const maxStallMs = (): number => (remaining() > open.size ? callTimeoutMs : CLOSING_MS)

  return {
    /**
     * Writes the dirty names for at most `timeoutMs`, then closes the store. Its records stay as they are. Fulfils after that
     * time even if the store is not closed.
     * @returns How many names were not written.
     */
    async detach({ replica, key, isCandidate }: Member, timeoutMs: number): Promise<number> {
      if (!isCandidate && replica.store.capabilities.retains)
        replicas.noteDetached(replica, key, replica.isWhole() && hasHostListed())
      open.add(replica)
      const detached = replica.detach(timeoutMs, undefined, isAbandoned)
      const closed = detached.then(() => replica.closed())
      // The same store may still be draining from an earlier time: both must be closed before it is opened again.
      const all = Promise.all([draining.get(key), closed])
      draining.set(key, all)
      void closed.then(() => {
        open.delete(replica)
        replicas.noteClosed(replica)
      })
      void all.then(() => {
        if (draining.get(key) === all) draining.delete(key)
      })
      await Promise.race([detached, isAbandoned])
      return replica.dirtyCount()
    },
    /** Fulfils once the store with that key is closed and may be opened again; undefined if it is not draining. */
    closed: (key: StoreKey): Promise<unknown> | undefined => draining.get(key),

    /**
     * Waits for all draining stores, for at most `timeoutMs`, and only as long as there is progress. Each pending `detach()`
     * fulfils by then, and nothing more is written. No store may be detached after this call.
     */
    async ended(timeoutMs: number): Promise<void> {
      const until = clock.now() + timeoutMs
      const all = Promise.all(draining.values()).then(() => true)
      for (let isOver = false; !isOver; ) {
        const before = remaining()
        const leftMs = until - clock.now()
        const stallMs = maxStallMs()
        const areClosed = await waitAtMost(Math.max(1, Math.min(stallMs, leftMs)), all, clock)
        isOver = areClosed === true || leftMs <= stallMs || remaining() === before
      }
      abandoned.abort()
    },
  }
}

export type Draining = ReturnType<typeof createDraining>

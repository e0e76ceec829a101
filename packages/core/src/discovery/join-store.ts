import { type Clock, type StoreError, toStoreError } from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import type { HostSession } from '@sessionkeep/contracts/host'
import type { Replica, ReplicaSet, StoreAnswer } from '@sessionkeep/replication'
import type { HostPoller } from './poll-host.ts'
import type { StoreReader } from './read-stores.ts'

/** Of a store with more names than this, the living sessions are read first at the start, and the rest in the background. */
const MOST_AT_START = 500
/** The rest is read after this time, so that it does not hold up the start, ms. */
const REST_AFTER_MS = 50

/** The parameters of {@link createStoreJoiner}. */
interface JoinerOptions {
  readonly stores: StoreReader
  readonly host: Pick<HostPoller, 'list'>
  readonly replicas: ReplicaSet
  readonly clock: Clock
  /** The sessions that may be of the pool, by name. */
  readonly ours: (live: readonly HostSession[]) => ReadonlyMap<string, HostSession>
  /** Whether all of the store was read in an earlier pass that the host answered. */
  readonly isCompared: (replica: Replica) => boolean
  /** Runs a discovery pass with the answer of the store, and returns why stores could not be read. */
  readonly discover: (joining: ReadonlyMap<Replica, StoreAnswer>) => Promise<ReadonlyMap<Replica, StoreError>>
}

/** Makes the part of discovery that joins stores with memory. */
export function createStoreJoiner({ stores, host, replicas, clock, ours, isCompared, discover }: JoinerOptions) {
  /** The stores of which the living sessions were read, while the rest is being read. */
  const filling = new Map<Replica, Promise<void>>()

  const joinWith = async (replica: Replica, answer: StoreAnswer): Promise<void> => {
    const error = (await discover(new Map([[replica, answer]]))).get(replica)
    if (error) throw error
  }

  /** Reads what a store is joined with: all its records, or, of a large store at the start, those of the living sessions. */
  const answerOf = async (replica: Replica): Promise<StoreAnswer> => {
    const isAtStart = replicas.active().includes(replica) && !isCompared(replica)
    if (!isAtStart) return stores.readWhole(replica)
    const whole = await stores.readSmall(replica, MOST_AT_START)
    if (whole) return whole
    const listed = await host.list()
    return listed instanceof PoolError ? stores.readWhole(replica) : stores.readFirst(replica, ours(listed.live))
  }

  /** Reads the rest of a store. Never rejects; a failure makes the connection join the store again. */
  const fill = async (replica: Replica): Promise<void> => {
    await new Promise<void>((resolve) => clock.after(REST_AFTER_MS, resolve))
    try {
      await joinWith(replica, await stores.readWhole(replica))
    } catch (error) {
      replica.noteFailure(toStoreError(error, replica.label, 'read'))
    }
  }

  return {
    /** Whether the rest of a store is being read. */
    isFilling: (replica: Replica): boolean => filling.has(replica),
    /** Fulfils once the rest of each store was read, or reading it has failed. */
    filled: (): Promise<unknown> => Promise.all(filling.values()),
    /**
     * Reads a store and joins it with memory in a discovery pass. The store is read before the pass, so that a slow store does
     * not delay other passes. At the start, only the records of the living sessions of a large store are waited for.
     */
    async join(replica: Replica): Promise<void> {
      const answer = await answerOf(replica)
      const joined = joinWith(replica, answer)
      if (answer.isFirst) {
        const filled = joined.then(() => fill(replica)).catch(() => undefined)
        filling.set(
          replica,
          filled.finally(() => filling.delete(replica)),
        )
      }
      await joined
    },
  }
}

import { createHash } from 'node:crypto'
import type { StoreCapabilities, StoredRecord } from '@sessionkeep/contracts'

/** Who a pool is. */
export interface PoolIdentity {
  readonly poolId: string | undefined
  readonly sessionPrefix: string
  /** The ids or session prefixes under which this pool kept its records before. */
  readonly formerly: readonly string[]
  /** Where the sessions run; undefined if the host does not say. */
  place(): string | undefined
  /** Whether a session name can be one of this pool. */
  isOurName(sessionName: string): boolean
  /** The incarnations that live on the host of this pool; undefined if the host cannot say now. */
  living(): Promise<ReadonlySet<string> | undefined>
}

/** A namespace in which this pool kept records before. */
export interface FormerNamespace {
  readonly namespace: string | undefined
  readonly owner: string
  /** Whether a record there is one of this pool, and not of another one that used the same namespace. */
  isOurs(record: StoredRecord, living: ReadonlySet<string> | undefined): boolean
}

/** Where a pool keeps its records in one store. */
export interface StoreIdentity {
  readonly namespace: string | undefined
  readonly owner: string
  readonly formerly: readonly FormerNamespace[]
  /** Whether other machines may use the store, and nothing but the place of the sessions tells their pools apart. */
  readonly isSharedWithoutId: boolean
}

/** The owner of the sessions and records: the `poolId`, or else the session prefix. */
export function ownerOf({ poolId, sessionPrefix }: Pick<PoolIdentity, 'poolId' | 'sessionPrefix'>): string {
  return poolId ?? sessionPrefix
}

/**
 * Where a pool keeps its records in a store with these capabilities. Without a `poolId`, a store that several machines may share
 * has a namespace for each place of sessions: two machines may have a session of the same name.
 */
export function identityIn({ shared, liveOnly }: StoreCapabilities, pool: PoolIdentity): StoreIdentity {
  const { poolId, formerly } = pool
  const owner = ownerOf(pool)
  // What a session carries itself is on the server of that session alone.
  const isShared = shared && !liveOnly
  const place = isShared ? pool.place() : undefined
  const ofPlace = place === undefined ? undefined : namespaceOf(place)
  const namespace = poolId ?? ofPlace
  const isNameless = (at: string | undefined): boolean => at === undefined && isShared
  const former = formerly.flatMap((id): FormerNamespace[] =>
    // A former id was a `poolId`, which is a namespace, or a session prefix, which is none.
    [id, undefined, ...(ofPlace === undefined ? [] : [ofPlace])].map((at) => ({
      ...{ namespace: at, owner: id },
      isOurs: (record, living) =>
        (record.pool ?? at ?? pool.sessionPrefix) === id && (!isNameless(at) || isLiving(record, living)),
    })),
  )
  // An earlier release kept the records of all machines in the namespace without a name.
  const nameless: FormerNamespace = {
    ...{ namespace: undefined, owner },
    isOurs: (record, living) =>
      (record.pool ?? owner) === owner && pool.isOurName(record.sessionName) && isLiving(record, living),
  }
  const all = namespace !== undefined && poolId === undefined ? [nameless, ...former] : former
  return {
    ...{ namespace, owner },
    formerly: all.filter((at) => at.namespace !== namespace),
    isSharedWithoutId: isShared && poolId === undefined,
  }
}

/** Whether the session of a record lives here. In a namespace of several machines, nothing else proves that it is ours. */
function isLiving({ incarnation }: StoredRecord, living: ReadonlySet<string> | undefined): boolean {
  return incarnation !== undefined && living?.has(incarnation) === true
}

function namespaceOf(place: string): string {
  return `@${createHash('sha256').update(place).digest('hex').slice(0, 16)}`
}

import type { PoolCore } from '../context/pool-core.ts'
import type { StoreCapabilities } from '../contracts/metadata-store.ts'
import type { StoreError } from '../errors/store-error.ts'
import type { ReplicaState } from '../replica/replica-state.ts'
import type { DesiredSelection, SelectionLayer } from '../selection/selection.ts'
import { withoutCredentials } from '../selection/without-credentials.ts'

/**
 * Why persistence is as it is.
 *
 * - `ok`: every configured store is attached.
 * - `off`: the store in force keeps nothing over a restart, as desired (`memory` or `none`).
 * - `starting`: not attached yet.
 * - `locked`: another writer holds the store; it is read, and attached when it is free.
 * - `degraded`: a store fails, for all names or for some; it is tried again by itself.
 * - `observing`: this pool never writes.
 */
export type PersistenceReason = 'ok' | 'off' | 'starting' | 'locked' | 'degraded' | 'observing'

/** What is wanted, what is in force, and what a crash would cost now. */
export interface PersistenceStatus {
  readonly desired: { readonly store: string; readonly mirror: readonly string[]; readonly layer: SelectionLayer }
  /** The stores that take writes now; `memory` alone when none does. */
  readonly effective: { readonly stores: readonly string[]; readonly reason: PersistenceReason }
  readonly stores: ReadonlyArray<StoreStatus>
  /** Age of the oldest change that no store has acknowledged, ms; 0 where there is none. */
  readonly oldestDirtyMs: number
  /** Sessions whose latest state a store has acknowledged, of how many. */
  readonly saved: number
  readonly sessions: number
}

export interface StoreStatus {
  readonly store: string
  readonly state: ReplicaState
  readonly durability: StoreCapabilities['durability']
  /** Names that wait to be written or deleted. */
  readonly dirty: number
  readonly oldestDirtyMs: number
  /** ms since the epoch. */
  readonly lastSuccessAt?: number
  readonly lastError?: StoreError
}

export function persistenceOf(core: PoolCore, desired: DesiredSelection): PersistenceStatus {
  core.replicas.distribute()
  const replicas = core.replicas.all()
  const healthy = replicas.filter((replica) => replica.state() === 'attached' && replica.store.capabilities.retains)
  const entries = core.memory.all()
  return {
    desired: { store: nameOf(desired.store), mirror: desired.mirror.map(nameOf), layer: desired.layer },
    effective: {
      stores: healthy.length > 0 ? healthy.map(({ label }) => label) : ['memory'],
      reason: reasonOf(core, desired),
    },
    stores: replicas.map((replica) => {
      const lastSuccessAt = replica.lastSuccessAt()
      const lastError = replica.error()
      return {
        store: replica.label,
        state: replica.state(),
        durability: replica.store.capabilities.durability,
        dirty: replica.dirtyCount(),
        oldestDirtyMs: replica.oldestDirtyMs(),
        ...(lastSuccessAt === undefined ? {} : { lastSuccessAt }),
        ...(lastError ? { lastError } : {}),
      }
    }),
    oldestDirtyMs: Math.max(0, ...replicas.map((replica) => replica.oldestDirtyMs())),
    saved: entries.filter((entry) => core.replicas.standing(entry).saved).length,
    sessions: entries.length,
  }
}

function reasonOf(core: PoolCore, { store }: DesiredSelection): PersistenceReason {
  const states = core.replicas.all().map((replica) => replica.state())
  const worst = (['degraded', 'locked', 'attaching', 'detached'] as const).find((state) => states.includes(state))
  if (core.options.role === 'observer' && !worst) return 'observing'
  if (states.length === 0 || worst === 'attaching' || worst === 'detached') return 'starting'
  if (worst) return worst
  if (core.replicas.all().some((replica) => replica.error() !== undefined)) return 'degraded'
  return store === 'memory' || nameOf(store) === 'none' ? 'off' : 'ok'
}

function nameOf(store: DesiredSelection['store']): string {
  return typeof store === 'string' ? withoutCredentials(store) : store.name
}

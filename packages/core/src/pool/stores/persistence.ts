import type { StoreCapabilities } from '../../contracts/metadata-store.ts'
import type { CodedError } from '../../errors/coded-error.ts'
import type { ReplicaState } from '../../replication/connection.ts'
import { effectiveStores } from '../../replication/effective-stores.ts'
import type { Member, StoreRole } from '../../replication/members.ts'
import type { Switching, SwitchUnderWay } from '../../replication/switch/switching.ts'
import type { SelectionLayer } from '../../selection/selection.ts'
import type { PoolCore } from '../../sessions/pool-core.ts'
import type { FailedSwitch } from './follow-layers.ts'
import { type PersistenceReason, reasonOf } from './persistence-reason.ts'
import { nameOf, type Wanted } from './plan.ts'

/** What a layer wants. */
export interface DesiredStatus {
  readonly store: string
  readonly mirror: readonly string[]
  readonly layer: SelectionLayer
  /** In the words of whoever decided; absent where nobody said. */
  readonly reason?: string
  /** ms since the epoch. */
  readonly since: number
}

/** What is wanted, what is in force, what a crash would cost now, and what a restart would select. */
export interface PersistenceStatus {
  readonly desired: DesiredStatus
  readonly effective: {
    /** The stores that take writes now; `memory` alone when none does. */
    readonly stores: readonly string[]
    readonly reason: PersistenceReason
    /** Since when these stores are the ones that take part, ms since the epoch. */
    readonly since: number
    /** Counts the switches of this run; 0 at start. */
    readonly epoch: number
  }
  readonly stores: ReadonlyArray<StoreStatus>
  /** Age of the oldest change that some store has not acknowledged, ms; 0 where there is none. */
  readonly oldestDirtyMs: number
  /** Sessions whose latest state a store has acknowledged, of how many. */
  readonly saved: number
  readonly sessions: number
  /** What a restart would select: all layers but the call at run time. */
  readonly afterRestart: DesiredStatus
  /** The switch that is under way. */
  readonly switching?: SwitchUnderWay
  /** What a layer wants and cannot be had; it is tried again. */
  readonly failedSwitch?: FailedSwitch
}

export interface StoreStatus {
  readonly store: string
  readonly role: StoreRole
  /** False while a switch prepares it: nothing relies on it yet. */
  readonly inForce: boolean
  readonly state: ReplicaState
  readonly durability: StoreCapabilities['durability']
  /** Names that wait to be written or deleted. */
  readonly dirty: number
  readonly oldestDirtyMs: number
  /** ms since the epoch. */
  readonly lastSuccessAt?: number
  readonly lastError?: CodedError
}

export interface Standing extends Wanted {
  readonly switching: Switching
  readonly failed: FailedSwitch | undefined
}

export function persistenceOf(core: PoolCore, standing: Standing): PersistenceStatus {
  core.replicas.distribute()
  const { desired, afterRestart, switching, failed } = standing
  const members = core.replicas.members()
  const underWay = switching.underWay()
  return {
    desired: statusOfDesired(desired),
    effective: {
      stores: effectiveStores(core),
      reason: reasonOf(core, desired, failed),
      since: switching.since(),
      epoch: switching.epoch(),
    },
    stores: members.map(statusOf),
    oldestDirtyMs: Math.max(0, ...members.map(({ replica }) => replica.oldestDirtyMs())),
    ...core.saved(),
    afterRestart: statusOfDesired(afterRestart),
    ...(underWay ? { switching: underWay } : {}),
    ...(failed ? { failedSwitch: failed } : {}),
  }
}

function statusOf({ replica, role, isCandidate }: Member): StoreStatus {
  const lastSuccessAt = replica.lastSuccessAt()
  const lastError = replica.error() ?? replica.refused()
  return {
    store: replica.label,
    role,
    inForce: !isCandidate,
    state: replica.state(),
    durability: replica.store.capabilities.durability,
    dirty: replica.dirtyCount(),
    oldestDirtyMs: replica.oldestDirtyMs(),
    ...(lastSuccessAt === undefined ? {} : { lastSuccessAt }),
    ...(lastError ? { lastError } : {}),
  }
}

function statusOfDesired({ store, mirror, layer, reason, since }: Wanted['desired']): DesiredStatus {
  const named = { store: nameOf(store), mirror: mirror.map(nameOf), layer, since }
  return reason === undefined ? named : { ...named, reason }
}

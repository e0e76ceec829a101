import type { StoreCapabilities } from '../../contracts/metadata-store.ts'
import type { CodedError } from '../../errors/coded-error.ts'
import type { ReplicaState } from '../../replication/connection.ts'
import type { Member, StoreRole } from '../../replication/members.ts'
import type { ReplicaSet } from '../../replication/replicas.ts'
import type { Switcher } from '../../replication/switch.ts'
import type { SwitchUnderWay } from '../../replication/switch-types.ts'
import { type DesiredSelection, isOff, nameOfChoice, type SelectionLayer } from '../../selection/selection.ts'
import type { FailedSwitch } from './follow-layers.ts'
import { orOff, type Wanted } from './plan.ts'

/**
 * Why persistence is as it is; the first that applies.
 *
 * - `stopped`: `stop()` or `terminate()` was called.
 * - `observing`: this pool never writes.
 * - `switch-failed`: a layer wants a store that cannot be had; what was in force goes on, and it is tried again.
 * - `degraded`: a store fails, for all names or for some, or has records that are left alone; it is tried again by itself.
 * - `locked`: another writer holds a store; it is read, and attached when it is free.
 * - `rolled-back`: `memory` or `none`, by a call at run time.
 * - `starting`: not attached yet.
 * - `off`: the store in force keeps nothing over a restart, as desired (`memory` or `none`).
 * - `ok`: every store that is wanted is attached.
 */
export type PersistenceReason =
  | 'stopped'
  | 'observing'
  | 'switch-failed'
  | 'degraded'
  | 'locked'
  | 'rolled-back'
  | 'starting'
  | 'off'
  | 'ok'

/** What a layer wants. */
interface DesiredStatus {
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
  /** False while a switch prepares it: nothing counts on it yet. */
  readonly active: boolean
  readonly state: ReplicaState
  readonly durability: StoreCapabilities['durability']
  /** Names that wait to be written or deleted. */
  readonly dirty: number
  readonly oldestDirtyMs: number
  /** ms since the epoch. */
  readonly lastSuccessAt?: number
  readonly lastError?: CodedError
}

/** What the status is made of. */
export interface Standing extends Wanted {
  readonly replicas: ReplicaSet
  readonly switcher: Switcher
  readonly failed: FailedSwitch | undefined
  readonly isStopped: boolean
  readonly readOnly: boolean
  readonly saved: () => { readonly saved: number; readonly sessions: number }
}

export function persistenceOf(standing: Standing): PersistenceStatus {
  const { desired, afterRestart, replicas, switcher, failed, saved } = standing
  replicas.distribute()
  const members = replicas.members()
  const underWay = switcher.underWay()
  return {
    desired: statusOfDesired(desired),
    effective: { stores: orOff(replicas.healthyLabels()), reason: reasonOf(standing), ...switcher.active() },
    stores: members.map(statusOf),
    oldestDirtyMs: Math.max(0, ...members.map(({ replica }) => replica.oldestDirtyMs())),
    ...saved(),
    afterRestart: statusOfDesired(afterRestart),
    ...(underWay ? { switching: underWay } : {}),
    ...(failed ? { failedSwitch: failed } : {}),
  }
}

function reasonOf({ replicas, desired, failed, isStopped, readOnly }: Standing): PersistenceReason {
  if (isStopped) return 'stopped'
  const active = replicas.active()
  const states = active.map((replica) => replica.state())
  const isAny = (...wanted: string[]) => states.some((state) => wanted.includes(state))
  if (readOnly && !isAny('degraded', 'locked', 'joining', 'detached')) return 'observing'
  if (failed) return 'switch-failed'
  if (isAny('degraded')) return 'degraded'
  if (isAny('locked')) return 'locked'
  const off = isOff(desired.store)
  if (off && desired.layer === 'runtime') return 'rolled-back'
  if ((!off && states.length === 0) || isAny('joining', 'detached')) return 'starting'
  if (active.some((replica) => replica.error() ?? replica.refused())) return 'degraded'
  return off ? 'off' : 'ok'
}

function statusOf({ replica, role, isCandidate }: Member): StoreStatus {
  const lastSuccessAt = replica.lastSuccessAt()
  const lastError = replica.error() ?? replica.refused()
  return {
    store: replica.label,
    role,
    active: !isCandidate,
    state: replica.state(),
    durability: replica.store.capabilities.durability,
    dirty: replica.dirtyCount(),
    oldestDirtyMs: replica.oldestDirtyMs(),
    ...(lastSuccessAt === undefined ? {} : { lastSuccessAt }),
    ...(lastError ? { lastError } : {}),
  }
}

function statusOfDesired({ store, mirror, layer, reason, since }: DesiredSelection): DesiredStatus {
  const named = { store: nameOfChoice(store), mirror: mirror.map(nameOfChoice), layer, since }
  return reason === undefined ? named : { ...named, reason }
}

import type { CodedError, StoreCapabilities } from '@sessionkeep/contracts'
import type { Member, ReplicaSet, ReplicaState, StoreRole, Switcher, SwitchUnderWay } from '@sessionkeep/replication'
import { type DesiredSelection, isOff, nameOfChoice, type SelectionLayer } from '@sessionkeep/selection/internal'
import type { FailedSwitch } from './follow-layers.ts'
import { orOff, type Wanted } from './plan.ts'

/**
 * The reason for the present state of persistence: the first of these that applies.
 *
 * - `stopped`: `stop()` or `terminate()` was called.
 * - `observing`: this pool is an observer, which never writes, and every active store can be read.
 * - `switch-failed`: the desired store cannot be made active. The present stores stay active, and the pool tries again.
 * - `degraded`: an active store fails, and the pool tries again. Single names that fail or are blocked count only after
 * `starting`.
 * - `locked`: another writer holds the lock of an active store. The store is read, and attached once the lock is free.
 * - `contended`: another gateway writes the same records in a store that takes no lease. Both are joined, but attributes may be lost.
 * - `rolled-back`: a call at run time selected `memory` or `none`.
 * - `starting`: a store is not attached yet.
 * - `off`: `memory` or `none` is selected by another layer, so nothing is kept over a restart.
 * - `ok`: every active store is attached.
 */
type PersistenceReason =
  | 'stopped'
  | 'observing'
  | 'switch-failed'
  | 'degraded'
  | 'locked'
  | 'contended'
  | 'rolled-back'
  | 'starting'
  | 'off'
  | 'ok'

/** A selection, and the layer that made it. */
interface DesiredStatus {
  readonly store: string
  readonly mirror: readonly string[]
  readonly layer: SelectionLayer
  /** The reason that was given for the selection; absent when none was given. */
  readonly reason?: string
  /** Since when this selection is desired, ms since the epoch. */
  readonly since: number
}

/** The desired selection, the active stores, the changes that a crash would lose now, and what a restart would select. */
export interface PersistenceStatus {
  /** The selection of the deciding layer. */
  readonly desired: DesiredStatus
  /** What is active now. */
  readonly effective: {
    /** The stores that take writes now; only `memory` when there is none. */
    readonly stores: readonly string[]
    readonly reason: PersistenceReason
    /** Since when these stores are active, ms since the epoch. */
    readonly since: number
    /** The number of cut-overs in this run; 0 at the start. */
    readonly epoch: number
  }
  /** Every store of the pool, also one that a switch prepares. */
  readonly stores: ReadonlyArray<StoreStatus>
  /** The age of the oldest change that some store has not acknowledged, ms; 0 when there is none, and always with `memory` and `none`: see {@link saved}. */
  readonly oldestDirtyMs: number
  /** The number of sessions whose latest state at least one store has acknowledged. */
  readonly saved: number
  /** The number of living sessions. */
  readonly sessions: number
  /** The selection that a restart would make: all layers except the call at run time. */
  readonly afterRestart: DesiredStatus
  /** The switch that is running, if there is one. */
  readonly switching?: SwitchUnderWay
  /** The desired store that cannot be made active, if there is one. */
  readonly failedSwitch?: FailedSwitch
}

/** The state of one store. */
export interface StoreStatus {
  /** The name of the store. */
  readonly store: string
  /** `primary`: it was selected first. `mirror`: it gets every change too. `standby`: a restart would select it, so it is kept up to date. */
  readonly role: StoreRole
  /** False while a switch prepares the store, so that nothing relies on it yet. */
  readonly active: boolean
  /** The state of the connection to it. */
  readonly state: ReplicaState
  /** What a write that it has acknowledged survives. */
  readonly durability: StoreCapabilities['durability']
  /** The number of names that wait to be written or deleted. */
  readonly dirty: number
  /** The age of its oldest dirty name, ms; 0 when there is none. */
  readonly oldestDirtyMs: number
  /** When the store last acknowledged a write, ms since the epoch. */
  readonly lastSuccessAt?: number
  /** The error of the store, or of a record in it, that has not been resolved; absent when there is none. */
  readonly lastError?: CodedError
  /** When the store last failed, ms since the epoch; also after it works again. */
  readonly lastErrorAt?: number
  /** Since when the store is degraded, ms since the epoch; absent while it is not. */
  readonly degradedSince?: number
}

/** The parts from which the status is made. */
export interface StatusParts extends Wanted {
  readonly replicas: ReplicaSet
  readonly switcher: Switcher
  readonly failed: FailedSwitch | undefined
  readonly isStopped: boolean
  readonly readOnly: boolean
  readonly saved: () => { readonly saved: number; readonly sessions: number }
}

/** Makes the status that `persistence()` returns. */
export function persistenceOf(parts: StatusParts): PersistenceStatus {
  const { desired, afterRestart, replicas, switcher, failed, saved } = parts
  replicas.distribute()
  const members = replicas.members()
  const underWay = switcher.underWay()
  return {
    desired: statusOfDesired(desired),
    effective: { stores: orOff(replicas.healthyLabels()), reason: reasonOf(parts), ...switcher.active() },
    stores: members.map(statusOf),
    oldestDirtyMs: Math.max(0, ...members.map(({ replica }) => replica.oldestDirtyMs())),
    ...saved(),
    afterRestart: statusOfDesired(afterRestart),
    ...(underWay ? { switching: underWay } : {}),
    ...(failed ? { failedSwitch: failed } : {}),
  }
}

function reasonOf({ replicas, desired, failed, isStopped, readOnly }: StatusParts): PersistenceReason {
  if (isStopped) return 'stopped'
  const active = replicas.active()
  const states = active.map((replica) => replica.reported().state)
  const isAny = (...wanted: string[]) => states.some((state) => wanted.includes(state))
  if (readOnly && !isAny('degraded', 'locked', 'joining', 'detached')) return 'observing'
  if (failed) return 'switch-failed'
  if (isAny('degraded')) return 'degraded'
  if (isAny('locked')) return 'locked'
  if (active.some((replica) => replica.contended())) return 'contended'
  const off = isOff(desired.store)
  if (off && desired.layer === 'runtime') return 'rolled-back'
  if ((!off && states.length === 0) || isAny('joining', 'detached')) return 'starting'
  if (active.some((replica) => replica.reported().error ?? replica.refused())) return 'degraded'
  return off ? 'off' : 'ok'
}

function statusOf({ replica, role, isCandidate }: Member): StoreStatus {
  const lastSuccessAt = replica.lastSuccessAt()
  const { state, error: lastError = replica.refused() ?? replica.contended() } = replica.reported()
  const [lastErrorAt, degradedSince] = [replica.lastErrorAt(), replica.degradedSince()]
  return {
    store: replica.label,
    role,
    active: !isCandidate,
    state,
    durability: replica.store.capabilities.durability,
    dirty: replica.dirtyCount(),
    oldestDirtyMs: replica.oldestDirtyMs(),
    ...(lastSuccessAt === undefined ? {} : { lastSuccessAt }),
    ...(lastError ? { lastError } : {}),
    ...(lastErrorAt === undefined ? {} : { lastErrorAt }),
    ...(degradedSince === undefined ? {} : { degradedSince }),
  }
}

function statusOfDesired({ store, mirror, layer, reason, since }: DesiredSelection): DesiredStatus {
  const named = { store: nameOfChoice(store), mirror: mirror.map(nameOfChoice), layer, since }
  return reason === undefined ? named : { ...named, reason }
}

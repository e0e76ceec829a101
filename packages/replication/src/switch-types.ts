import type { MetadataStore } from '@sessionkeep/contracts'
import type { StoreKey, StoreRole } from './members.ts'

/** A store that should take part. */
export interface PlannedStore {
  readonly key: StoreKey
  readonly role: StoreRole
  /** Makes the store; it is not opened. */
  load(): Promise<MetadataStore>
}

/** The stores that a switch should make active. */
export interface SwitchTarget {
  /** The name of the selection, for messages. */
  readonly name: string
  /** The stores that should be active, the primary first; empty: persistence is off. */
  readonly stores: readonly PlannedStore[]
  /** Called right after the cut-over, to report it. */
  announce(outcome: CutOver): void
}

/** The outcome of a cut-over. */
export interface CutOver {
  /** The healthy stores before the cut-over; empty if persistence was off. */
  readonly from: readonly string[]
  /** The healthy stores after the cut-over; empty if persistence is off. */
  readonly to: readonly string[]
  /** The number of cut-overs in this run so far. */
  readonly epoch: number
  /** The stores that were detached. */
  readonly detached: readonly string[]
}

/** The outcome of a switch. */
export interface SwitchOutcome extends Omit<CutOver, 'detached'> {
  /** False if exactly these stores were active already. */
  readonly changed: boolean
  /** How long the switch took, ms. */
  readonly durationMs: number
  /** The stores that were detached, and for how many names the newest state was not written there in time. Their records stay. */
  readonly detached: ReadonlyArray<{ readonly store: string; readonly unsaved: number }>
}

/** One call of `change()`. */
export interface SwitchRequest {
  /** Called when the switch begins, after the switches before it. Throws a `ConfigError` for a wrong selection. */
  target(): SwitchTarget
  /** The time-out for preparing the new stores, ms. */
  readonly timeoutMs: number
  /** Called when the switch can no longer fail, in the same synchronous step as the cut-over. */
  onDecided?(): void
}

/** The progress of a switch that is under way. */
export interface SwitchUnderWay {
  /** The name of the selection. */
  readonly store: string
  /**
   * `preparing`: the new stores are opened, tested, joined and backfilled; nothing has changed yet. `draining`: the new stores
   * are active, and the former ones are being detached.
   */
  readonly phase: 'preparing' | 'draining'
  /** When the switch began, ms since the epoch. */
  readonly since: number
}

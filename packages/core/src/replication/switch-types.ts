import type { MetadataStore } from '../contracts/metadata-store.ts'
import type { StoreKey, StoreRole } from './members.ts'

/** A store that is to take part. */
export interface PlannedStore {
  readonly key: StoreKey
  readonly role: StoreRole
  load(): Promise<MetadataStore>
}

/** What a switch is to bring about. */
export interface SwitchTarget {
  /** What it is called where it is spoken of. */
  readonly name: string
  /** The stores that are to be active, the primary first; none: persistence is off. */
  readonly stores: readonly PlannedStore[]
  /** Called right after the cut-over. */
  announce(outcome: CutOver): void
}

/** What a cut-over did. */
export interface CutOver {
  /** Stores that took writes before and after it; none where persistence was or is off. */
  readonly from: readonly string[]
  readonly to: readonly string[]
  /** Counts the cut-overs of this run. */
  readonly epoch: number
  /** Stores that were detached. */
  readonly left: readonly string[]
}

/** What a switch did. */
export interface SwitchOutcome extends Omit<CutOver, 'left'> {
  /** False: these stores took part already. */
  readonly changed: boolean
  readonly durationMs: number
  /** Stores that were detached. What they hold stays as it is; `unsaved` names did not get their last state there in time. */
  readonly left: ReadonlyArray<{ readonly store: string; readonly unsaved: number }>
}

export interface SwitchRequest {
  /** Asked when its turn has come. Throws what is wrong with the selection. */
  target(): SwitchTarget
  /** How long it may take to have the new stores ready, ms. */
  readonly timeoutMs: number
  /** Called when it can no longer fail, in the same step as it takes effect. */
  onDecided?(): void
}

/** Where a switch stands that is under way. */
export interface SwitchUnderWay {
  readonly store: string
  /** `preparing`: opened, tried out, joined and filled; nothing has changed yet. `draining`: active; what it replaced is being detached. */
  readonly phase: 'preparing' | 'draining'
  /** ms since the epoch. */
  readonly since: number
}

import type { MetadataStore } from '@sessionkeep/core'
import type { StoreCapabilities } from '@sessionkeep/core/store'
import type { Place } from '../frame/place.ts'
import type { SuiteReport } from '../frame/report.ts'

/** Undoes what was caused. */
export type Restore = () => void | Promise<void>

/** What can be done to a store from outside; each that is given has more promises tried. */
export interface StoreCauses {
  /** Makes what is behind every store of this place unreachable: calls fail until it is restored, and nothing is lost. */
  outage?(place: Place): Restore | Promise<Restore>
  /** Makes calls to every store of this place wait until it is restored. */
  hang?(place: Place): Restore | Promise<Restore>
  /** Spoils what is stored under this name in this place's ground floor (no namespace), so that it is no record. */
  unreadable?(place: Place, name: string): void | Promise<void>
}

export interface StoreSuiteOptions {
  /** What the store declares; compared with its own, and decides which clauses apply. */
  readonly capabilities: StoreCapabilities
  /**
   * A new store, not yet open. Stores of the same place keep the same records, as far as `durability` or `shared`
   * promise that; those of different places have none in common.
   */
  create(place: Place): MetadataStore | Promise<MetadataStore>
  /**
   * For a store that declares `liveOnly`: makes sessions of these names live at this place, before records are written
   * under them, and answers which of the names have one now; that may be fewer, where names cannot be had. Sessions that
   * are there already stay as they are.
   */
  prepare?(place: Place, names: readonly string[]): readonly string[]
  readonly cause?: StoreCauses | undefined
  /** The path of a module that calls `serveStore(create)`, run in processes of its own. Default: nothing is tried across processes. */
  readonly process?: string | undefined
  /** Milliseconds for one clause. Default 20,000. */
  readonly timeoutMs?: number | undefined
  /** Called after the last clause, when a runner runs the tests in order. */
  onReport?(report: SuiteReport): void
}

/** What a clause may need beyond `create`. */
export type StoreMeans = 'process' | `cause.${keyof StoreCauses}`

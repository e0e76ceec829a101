import type { MetadataStore, StoreCapabilities } from '@sessionkeep/contracts'
import type { Place } from '../frame/place.ts'
import type { SuiteReport } from '../frame/report.ts'

/** Ends a failure that was caused. */
export type Restore = () => void | Promise<void>

/** Functions that make a store fail. With each function that is given, the suite tests more promises. */
export interface StoreCauses {
  /** Makes the backend of this place unreachable: calls fail until it is restored, and no record is lost. */
  outage?(place: Place): Restore | Promise<Restore>
  /** Makes calls to every store of this place wait until it is restored. */
  hang?(place: Place): Restore | Promise<Restore>
  /** Damages the record of this name in the default namespace of this place, so that it cannot be read. */
  unreadable?(place: Place, name: string): void | Promise<void>
}

/** The options of {@link storeSuite}. */
export interface StoreSuiteOptions {
  /** The capabilities that the store must declare. They decide which clauses apply. */
  readonly capabilities: StoreCapabilities
  /**
   * Makes a store that is not open. Stores of the same place share their records, as far as `durability` or `shared`
   * promise that; stores of different places share none.
   */
  create(place: Place): MetadataStore | Promise<MetadataStore>
  /**
   * For a store that declares `liveOnly`: starts sessions with these names at this place, before records are written
   * under them. Existing sessions must stay as they are.
   *
   * @returns the names that now have a session; fewer if some names are not possible
   */
  prepare?(place: Place, names: readonly string[]): readonly string[]
  readonly cause?: StoreCauses | undefined
  /**
   * The path of a module that calls {@link serveStore}; the suite runs it in processes of its own.
   *
   * @defaultValue no clause about several processes is tried
   */
  readonly process?: string | undefined
  /**
   * The time-out of one clause, in ms.
   *
   * @defaultValue 20000
   */
  readonly timeoutMs?: number | undefined
  /** Called after the last clause, if the runner runs the tests in order. */
  onReport?(report: SuiteReport): void
}

/** The options that a clause may need besides `create`. */
export type StoreMeans = 'process' | `cause.${keyof StoreCauses}`

import type { MetadataStore, StoreCapabilities } from '@sessionkeep/contracts'
import type { Place } from '../frame/place.ts'

/** A store that histories run on. */
export interface HistoryStore {
  /** What the store declares. It decides which records must be there after a restart. */
  readonly capabilities: StoreCapabilities
  /** Makes a store that is not open. Stores of the same place share their records; stores of different places share none. */
  create(place: Place): MetadataStore | Promise<MetadataStore>
}

/** The options of {@link historySuite}. */
export interface HistorySuiteOptions extends HistoryStore {
  /**
   * The second store of every history: the mirror of the first, or the store that replaces it.
   *
   * @defaultValue the same kind of store, in another place
   */
  readonly mirror?: HistoryStore | undefined
  /**
   * The number of histories.
   *
   * @defaultValue the variable `SESSIONKEEP_HISTORIES`, else 100
   */
  readonly runs?: number | undefined
  /**
   * The seed of the random numbers.
   *
   * @defaultValue the variable `SESSIONKEEP_SEED`, else a new seed in each run
   */
  readonly seed?: number | undefined
  /**
   * Selects one history of the seed: the path that a failure has printed.
   *
   * @defaultValue the variable `SESSIONKEEP_PATH`, else all histories run
   */
  readonly path?: string | undefined
  /**
   * How long the suite tries to make a failing history smaller, in ms; 0 turns that off.
   *
   * @defaultValue 30000
   */
  readonly shrinkMs?: number | undefined
  /**
   * The number of histories that run at the same time.
   *
   * @defaultValue the variable `SESSIONKEEP_LANES`, else 4
   */
  readonly lanes?: number | undefined
}

/** The two stores of a history. */
export type StoreKey = 'A' | 'B'

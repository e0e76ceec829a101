import type { MetadataStore } from '@sessionkeep/core'
import type { StoreCapabilities } from '@sessionkeep/core/store'
import type { Place } from '../frame/place.ts'

/** A store as histories need it. */
export interface HistoryStore {
  /** What the store declares; decides what is expected of it after a restart. */
  readonly capabilities: StoreCapabilities
  /** A new store, not yet open. Stores of the same place keep the same records; those of different places have none in common. */
  create(place: Place): MetadataStore | Promise<MetadataStore>
}

export interface HistorySuiteOptions extends HistoryStore {
  /** The second store of every history, mirror or successor of the first. Default: the same in a place of its own. */
  readonly mirror?: HistoryStore | undefined
  /** How many histories. Default: `SESSIONKEEP_HISTORIES`, else 100. */
  readonly runs?: number | undefined
  /** Where the random numbers begin. Default: `SESSIONKEEP_SEED`, else another each time. */
  readonly seed?: number | undefined
  /** Which history of that seed, as a failure has printed it. Default: `SESSIONKEEP_PATH`, else all. */
  readonly path?: string | undefined
  /** How long a failing history is made smaller, ms; 0: not at all. Default 30,000. */
  readonly shrinkMs?: number | undefined
  /** How many histories run side by side. Default: `SESSIONKEEP_LANES`, else 4. */
  readonly lanes?: number | undefined
}

/** The two stores of a history. */
export type StoreKey = 'A' | 'B'

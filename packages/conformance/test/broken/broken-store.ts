import type { MetadataStore, StoreCapabilities } from '@sessionkeep/contracts'
import type { Place, StoreSuiteOptions } from '../../src/index.ts'

/** A store with one fault. */
export interface BrokenStore {
  /** The fault, as the rest of a sentence: 'a store that …'. */
  readonly fault: string
  /** The clause that must find the fault. */
  readonly foundBy: string
  /** The message of that clause; not compared if it is left out. */
  readonly message?: RegExp
  /** Other clauses that the same fault breaks. */
  readonly alsoBreaks?: readonly string[]
  /** The declared capabilities; those of the sound store if left out. */
  readonly capabilities?: StoreCapabilities
  /** Starts the sessions that the store needs. */
  readonly prepare?: StoreSuiteOptions['prepare']
  readonly create: (place: Place) => MetadataStore
}

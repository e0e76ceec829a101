import type { MetadataStore } from '@sessionkeep/core'
import type { StoreCapabilities } from '@sessionkeep/core/store'
import type { Place, StoreSuiteOptions } from '../../src/index.ts'

/** A store with one fault. */
export interface BrokenStore {
  /** What is wrong with it. */
  readonly fault: string
  /** The clause that is there to find it. */
  readonly foundBy: string
  /** What that clause says of it. Default: not compared. */
  readonly says?: RegExp
  /** Clauses that the same fault breaks besides. Default: none. */
  readonly alsoBreaks?: readonly string[]
  /** What it declares. Default: what the sound store does. */
  readonly capabilities?: StoreCapabilities
  /** How its sessions are made. Default: it needs none. */
  readonly prepare?: StoreSuiteOptions['prepare']
  readonly create: (place: Place) => MetadataStore
}

import { createSessionPool, type MetadataOptions, type SelectionExplanation } from '@sessionkeep/core'
import type { Logger } from '@sessionkeep/core/store'
import { memoryHost } from '@sessionkeep/core/testing'

/** What a gateway that started now would select, and why. A flag is not asked: only the program of the gateway has its service. */
export function explainSelection(metadata: MetadataOptions, logger: Logger): SelectionExplanation {
  // A pool that is never started reads the layers, and touches neither a host nor a store.
  return createSessionPool({ host: memoryHost(), metadata: { ...metadata, flag: undefined }, logger }).explain()
}

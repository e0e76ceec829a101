import { createSessionPool, type MetadataOptions, type SelectionExplanation } from '@sessionkeep/core'
import type { Logger } from '@sessionkeep/core/store'
import { memoryHost } from '@sessionkeep/core/testing'

/**
 * Explains which stores a gateway that starts now would select, and why. It evaluates no flag, because only the program
 * of the gateway knows the flag service.
 */
export function explainSelection(metadata: MetadataOptions, logger: Logger): SelectionExplanation {
  // A pool that is never started reads the layers, and touches neither a host nor a store.
  return createSessionPool({ host: memoryHost(), metadata: { ...metadata, flag: undefined }, logger }).explain()
}

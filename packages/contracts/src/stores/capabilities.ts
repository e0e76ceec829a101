import type { MetadataStore, StoreCapabilities } from '../contracts/metadata-store.ts'

type WithCapabilities = Pick<MetadataStore, 'capabilities'>

/** Used for a store that could never answer: it may retain records, and nothing that it acknowledges is durable. */
const UNKNOWN: StoreCapabilities = { durability: 'none', retains: true, shared: false }

/**
 * Reads the capabilities of a store each time, since a store may know them better once it is open. If the getter throws, the
 * last answer counts, so that neither a request nor `stop()` fails.
 */
export function safeCapabilities(store: WithCapabilities): WithCapabilities {
  let last = UNKNOWN
  const read = (): StoreCapabilities => {
    try {
      return store.capabilities ?? last
    } catch {
      return last
    }
  }
  return {
    get capabilities() {
      last = read()
      return last
    },
  }
}

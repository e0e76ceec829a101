import type { MetadataStore, StoreCapabilities } from '../contracts/metadata-store.ts'

type Promising = Pick<MetadataStore, 'capabilities'>

/** Before it could ever say: it may keep what it is given, and nothing is to be relied on. */
const UNKNOWN: StoreCapabilities = { durability: 'none', retains: true, shared: false }

/**
 * What a store promises, asked for anew each time, as it may be known better later; what it said last where it cannot say:
 * neither a request nor `stop()` is to fail by it.
 */
export function promisesOf(store: Promising): Promising {
  let last = UNKNOWN
  const ask = (): StoreCapabilities => {
    try {
      return store.capabilities ?? last
    } catch {
      return last
    }
  }
  return {
    get capabilities() {
      last = ask()
      return last
    },
  }
}

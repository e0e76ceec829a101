import type { MetadataStore } from '../contracts/metadata-store.ts'
import { processStore } from './memory-store.ts'

/** The message that the pool logs when the store `none` becomes active: what a restart loses, and how to avoid that. */
export const NONE_COSTS =
  'Metadata is not kept (store "none"): after a restart of the gateway every session keeps its screen and, by its stamp, ' +
  'its createdAt, but totalRequests starts at 0, lastActivityAt at what the host knows, and status, draining and ' +
  'attributes are lost. To keep them, set store to "file" (or SESSIONKEEP_STORE=file).'

/**
 * A store that takes every write and keeps none. Select it to say in the configuration that losing the metadata at a
 * restart is intended. When the store becomes active, the pool logs what a restart then costs.
 *
 * @example
 * const pool = createSessionPool({ host, metadata: { store: noneStore() } })
 */
export function noneStore(): MetadataStore {
  return processStore('none', { durability: 'none', retains: false, shared: true })
}

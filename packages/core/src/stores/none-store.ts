import type { MetadataStore } from '../contracts/metadata-store.ts'
import { createGate } from './gate.ts'

/** What a restart costs on `none`, and how to keep it: the pool logs this once at start. */
export const NONE_COSTS =
  'Metadata is not kept (store "none"): after a restart of the gateway every session keeps its screen and, by its stamp, ' +
  'its createdAt, but totalRequests starts at 0, lastActivityAt at what the host knows, and status, draining and ' +
  'attributes are lost. To keep them, set store to "file" (or SESSIONKEEP_STORE=file).'

/**
 * Documentation in the shape of a store: it takes every write and keeps none. Choose it to say, in the configuration,
 * that losing the metadata at a restart is intended. What that costs: see {@link NONE_COSTS}.
 */
export function noneStore(): MetadataStore {
  const gate = createGate('none')
  return {
    name: 'none',
    capabilities: { durability: 'none', retains: false, shared: true },
    open: gate.open,
    async getMany(names, options) {
      gate.enter(names, options)
      return new Map()
    },
    async setMany(records, options) {
      gate.enterToWrite(records.keys(), options)
    },
    async deleteMany(names, options) {
      gate.enterToWrite(names, options)
    },
    async *list(options) {
      gate.enter([], options)
      yield* [] as string[]
    },
    async setAside(names, options) {
      gate.enterToWrite(names, options)
    },
    close: gate.close,
  }
}

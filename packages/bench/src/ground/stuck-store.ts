import type { MetadataStore } from '@sessionkeep/core'

/** A store on a disk that hangs: it was read once, and no write to it ever settles. */
export function stuckStore(): MetadataStore {
  const never = () => new Promise<void>(() => {})
  return {
    name: 'stuck',
    capabilities: { durability: 'power', retains: true, shared: false },
    getMany: async () => new Map(),
    setMany: never,
    deleteMany: never,
    async *list() {},
  }
}

import type { MetadataStore } from '../../contracts/metadata-store.ts'

const METHODS = ['getMany', 'setMany', 'deleteMany', 'list'] as const

/** What keeps a value from being a store, for a message; undefined for one that is. Throws what its getters throw. */
export function notAStore(value: unknown): string | undefined {
  const store = value as Partial<MetadataStore> | null | undefined
  if (typeof store !== 'object' || store === null) return `${store === null ? 'null' : typeof store} is none`
  const missing: string[] = METHODS.filter((method) => typeof store[method] !== 'function')
  if (typeof store.name !== 'string') missing.push('name')
  if (!store.capabilities) missing.push('capabilities')
  return missing.length > 0 ? `${missing.join(', ')} missing` : undefined
}

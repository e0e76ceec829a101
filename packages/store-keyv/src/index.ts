export type { AdapterLike, KeyvLike } from './engines/adapter-like.ts'
export { keyvStore } from './keyv-store.ts'
export type { KeyvStoreOptions } from './options.ts'
export { keyvStorePlugin as default } from './plugin.ts'

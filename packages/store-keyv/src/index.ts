export type { AdapterLike, KeyvLike } from './engines/instance.ts'
export { keyvStore } from './keyv-store.ts'
export type { KeyvStoreOptions } from './options.ts'
export { keyvStorePlugin as default } from './plugin.ts'

export { lowdbStore } from './lowdb-store.ts'
export type { LowdbStoreOptions } from './options.ts'
export { lowdbStorePlugin as default } from './plugin.ts'

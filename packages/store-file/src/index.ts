export { fileStore } from './file-store.ts'
export type { FileStoreOptions } from './options.ts'
export { fileStorePlugin as default } from './plugin.ts'

import { defineStore } from '@sessionkeep/contracts'
import { fileStore } from './file-store.ts'
import { optionsSchema } from './options.ts'

/** The plug-in that core loads when a configuration names `file`. */
export const fileStorePlugin = defineStore({
  name: 'file',
  apiVersion: 1,
  options: optionsSchema,
  env: { SESSIONKEEP_DIRECTORY: 'directory' },
  paths: ['directory'],
  create: (options) => fileStore(options),
})

import { defineStore } from '@sessionkeep/contracts'
import { lowdbStore } from './lowdb-store.ts'
import { optionsSchema } from './options.ts'

/** The plug-in that core loads when a configuration names `lowdb`. */
export const lowdbStorePlugin = defineStore({
  name: 'lowdb',
  apiVersion: 1,
  options: optionsSchema,
  env: { SESSIONKEEP_FILE: 'file' },
  paths: ['file'],
  create: (options) => lowdbStore(options),
})

import { defineStore } from '@sessionkeep/core'
import { keyvStore } from './keyv-store.ts'
import { optionsSchema } from './options.ts'

/** What the core finds when a configuration names `keyv`. */
export const keyvStorePlugin = defineStore({
  name: 'keyv',
  apiVersion: 1,
  options: optionsSchema,
  create: (options) => keyvStore(options),
})

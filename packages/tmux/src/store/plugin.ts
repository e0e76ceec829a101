import { defineStore } from '@sessionkeep/contracts'
import { optionsSchema } from './options.ts'
import { tmuxStore } from './tmux-store.ts'

/** The plug-in that core loads when a configuration names this package as a store. */
export const tmuxStorePlugin = defineStore({
  name: 'tmux',
  apiVersion: 1,
  options: optionsSchema,
  create: (options) => tmuxStore(options),
})

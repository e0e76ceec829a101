import { defineStore } from '@sessionkeep/contracts'
import { keyvStore } from './keyv-store.ts'
import { optionsSchema } from './options.ts'

/** Makes the relative path of a SQLite URI absolute. URIs of servers are not changed. */
function absoluteSqlite(uri: string, absolute: (path: string) => string): string {
  const [, path] = /^sqlite:\/\/(?!\/|:memory:)(.+)$/i.exec(uri) ?? []
  return path === undefined ? uri : `sqlite://${absolute(path)}`
}

/** The plug-in that core loads when a configuration names `keyv`. */
export const keyvStorePlugin = defineStore({
  name: 'keyv',
  apiVersion: 1,
  options: optionsSchema,
  env: {
    SESSIONKEEP_KEYV_URI: { option: 'uri', unless: ['keyv', 'adapter'] },
    SESSIONKEEP_KEYV_NAMESPACE: 'namespace',
    SESSIONKEEP_KEYV_TABLE: 'table',
  },
  paths: [{ option: 'uri', resolve: absoluteSqlite }],
  create: (options) => keyvStore(options),
})

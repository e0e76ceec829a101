import { defineStore } from '@sessionkeep/contracts'
import { keyvStore } from './keyv-store.ts'
import { optionsSchema } from './options.ts'
import { isPem } from './tls.ts'

/** Makes the relative path of a SQLite URI absolute. URIs of servers are not changed. */
function absoluteSqlite(uri: string, absolute: (path: string) => string): string {
  const [, path] = /^sqlite:\/\/(?!\/|:memory:)(.+)$/i.exec(uri) ?? []
  return path === undefined ? uri : `sqlite://${absolute(path)}`
}

/** Makes the path of a PEM file absolute. PEM text is not changed. */
function absolutePem(text: string, absolute: (path: string) => string): string {
  return isPem(text) ? text : absolute(text)
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
    SESSIONKEEP_KEYV_SCHEMA: 'schema',
    SESSIONKEEP_KEYV_TLS_CA: 'tlsCa',
    SESSIONKEEP_KEYV_TLS_CERT: 'tlsCert',
    SESSIONKEEP_KEYV_TLS_KEY: 'tlsKey',
    SESSIONKEEP_KEYV_SENTINEL_PASSWORD: 'sentinelPassword',
  },
  paths: [
    { option: 'uri', resolve: absoluteSqlite },
    ...['tlsCa', 'tlsCert', 'tlsKey'].map((option) => ({ option, resolve: absolutePem })),
  ],
  create: (options) => keyvStore(options),
})

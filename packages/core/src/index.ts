export type { Logger } from './contracts/logger.ts'
export type { MetadataStore, StoreCallOptions, StoreCapabilities, StoreContext } from './contracts/metadata-store.ts'
export type {
  CreateSessionOptions,
  HostSession,
  SendTextOptions,
  SessionHost,
  SessionRef,
} from './contracts/session-host.ts'
export type { SchemaIssue, SchemaResult, StandardSchema } from './contracts/standard-schema.ts'
export { defineStore, type StorePlugin, type StorePluginContext } from './contracts/store-plugin.ts'
export { CodedError, type CodedErrorOptions } from './errors/coded-error.ts'
export { ConfigError, type ConfigErrorCode } from './errors/config-error.ts'
export { HostError, type HostErrorCode } from './errors/host-error.ts'
export { PoolError, type PoolErrorCode } from './errors/pool-error.ts'
export { StoreBatchError, StoreError, type StoreErrorCode } from './errors/store-error.ts'

export type { ConfigReading, ConfigSource } from './config/config-source.ts'
export { type LoadConfigOptions, type LoadedConfig, loadConfig } from './config/load-config.ts'
export type { EndReason, PoolEventName, PoolEvents } from './context/events.ts'
export { prefixCodec, type SessionNameCodec } from './context/names.ts'
export type { LaunchOptions, MetadataOptions, SessionPoolOptions } from './context/options.ts'
export type { HostState } from './context/pool-core.ts'
export type { StoreRole } from './context/replica-set.ts'
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
export type { DiscoveredSession, DiscoveryReport } from './discovery/discovery-report.ts'
export { CodedError, type CodedErrorOptions } from './errors/coded-error.ts'
export { ConfigError, type ConfigErrorCode } from './errors/config-error.ts'
export { HostError, type HostErrorCode } from './errors/host-error.ts'
export { PoolError, type PoolErrorCode } from './errors/pool-error.ts'
export { StoreBatchError, StoreError, type StoreErrorCode } from './errors/store-error.ts'
export { type MemoryHost, memoryHost } from './hosts/memory-host.ts'
export type { Origin, Outcome } from './memory/entry.ts'
export type { SessionView } from './memory/snapshot.ts'
export type { FailedSwitch } from './persistence/follow-layers.ts'
export type { DesiredStatus, PersistenceStatus, StoreStatus } from './persistence/persistence.ts'
export type { PersistenceReason } from './persistence/persistence-reason.ts'
export type { SwitchOptions, SwitchReport } from './persistence/switch-report.ts'
export type { SwitchUnderWay } from './persistence/switching.ts'
export { createSessionPool } from './pool/create-session-pool.ts'
export type { StopReport, TerminateReport } from './pool/lifecycle.ts'
export type { SessionPool } from './pool/session-pool.ts'
export type { PoolStats } from './pool/stats.ts'
export { reconcile } from './reconcile/reconcile.ts'
export type { Finding, KnownSession, Orphan, ReconcileInput, Reconciliation, RecordProblem } from './reconcile/types.ts'
export { join } from './record/join.ts'
export { type Copy, parseRecord, type StoredRecord, serializeRecord } from './record/parse-record.ts'
export type { JsonObject, JsonValue, SessionMetadata, SessionStatus } from './record/session-metadata.ts'
export { SCHEMA_VERSION } from './record/session-metadata.ts'
export type { ReplicaState } from './replica/replica-state.ts'
export type { StoreAnswer } from './replica/store-answer.ts'
export type { OptionFromEnvironment } from './selection/environment.ts'
export type { LayerExplanation, LayerVerdict, SelectionExplanation } from './selection/explain.ts'
export type {
  FlagClient,
  FlagContext,
  FlagDetails,
  FlagEvent,
  FlagEventDetails,
  FlagOptions,
} from './selection/flag-client.ts'
export type { LayerState } from './selection/layer-status.ts'
export { type OpenedStore, type OpenStoreOptions, openStore } from './selection/open-store.ts'
export type { SwitchSelection } from './selection/parse-selection.ts'
export type { SelectionLayer, StoreChoice } from './selection/selection.ts'
export type { GetOrCreateOptions } from './sessions/get-or-create-session.ts'
export type { TouchPatch } from './sessions/requests.ts'
export type { Saved } from './sessions/save-session-metadata.ts'
export { memoryStore } from './stores/memory-store.ts'
export { noneStore } from './stores/none-store.ts'
export { assertStoreName } from './stores/store-name.ts'

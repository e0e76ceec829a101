export type { ConfigReading, ConfigSource, MetadataOptions } from './contracts/config-source.ts'
export type { FlagAnswer, FlagListener, FlagSource } from './contracts/flag-source.ts'
export type { Logger } from './contracts/logger.ts'
export type { MetadataStore, StoreCallOptions, StoreCapabilities, StoreContext } from './contracts/metadata-store.ts'
export type {
  CaptureOptions,
  CreateSessionOptions,
  HostSession,
  SendTextOptions,
  SendTextResult,
  SessionHost,
  SessionRef,
} from './contracts/session-host.ts'
export type { SchemaIssue, SchemaResult, StandardSchema } from './contracts/standard-schema.ts'
export {
  defineStore,
  type OptionVariable,
  type PathOption,
  type StorePlugin,
  type StorePluginContext,
} from './contracts/store-plugin.ts'
export type { DiscoveredSession, DiscoveryReport } from './discovery/discovery-report.ts'
export type { HostState } from './discovery/poll-host.ts'
export { reconcile } from './discovery/reconcile.ts'
export type {
  Finding,
  KnownSession,
  Orphan,
  ReconcileInput,
  Reconciliation,
  RecordProblem,
} from './discovery/reconcile-types.ts'
export { CodedError, type CodedErrorOptions } from './errors/coded-error.ts'
export { ConfigError, type ConfigErrorCode } from './errors/config-error.ts'
export { HostError, type HostErrorCode } from './errors/host-error.ts'
export { PoolError, type PoolErrorCode } from './errors/pool-error.ts'
export { StoreBatchError, StoreError, type StoreErrorCode } from './errors/store-error.ts'
export { type MemoryHost, memoryHost } from './hosts/memory-host.ts'
export { createSessionPool } from './pool/create-session-pool.ts'
export type { StopReport, TerminateReport } from './pool/lifecycle.ts'
export type { SessionPoolOptions } from './pool/resolve-options.ts'
export type { PoolStatus, SessionPool } from './pool/session-pool.ts'
export type { PoolStats } from './pool/stats.ts'
export type { FailedSwitch } from './pool/stores/follow-layers.ts'
export type { DesiredStatus, PersistenceReason, PersistenceStatus, StoreStatus } from './pool/stores/persistence.ts'
export type { SwitchOptions, SwitchReport } from './pool/stores/switch-options.ts'
export type { ReadySession } from './pool/verbs/get-or-create-session.ts'
export type { GetOrCreateOptions, LaunchOptions } from './pool/verbs/launch-options.ts'
export type { AttributesPatch, OpenRequest, TouchPatch } from './pool/verbs/requests.ts'
export type { Saved } from './pool/verbs/save-session-metadata.ts'
export { join } from './record/join.ts'
export { type Copy, parseRecord, type StoredRecord, serializeRecord } from './record/parse-record.ts'
export type { JsonObject, JsonValue, SessionMetadata, SessionStatus } from './record/session-metadata.ts'
export { SCHEMA_VERSION } from './record/session-metadata.ts'
export type { ReplicaState } from './replication/connection.ts'
export type { StoreRole } from './replication/members.ts'
export type { StoreAnswer } from './replication/store-answer.ts'
export type { StoreRef } from './replication/store-ref.ts'
export type { SwitchUnderWay } from './replication/switch-types.ts'
export type { OptionFromEnvironment } from './selection/environment.ts'
export type { LayerExplanation, LayerVerdict, SelectionExplanation } from './selection/explain.ts'
export { type LoadConfigOptions, type LoadedConfig, loadConfig } from './selection/file/load-config.ts'
export type { LayerState } from './selection/layer-status.ts'
export type { OpenedStore } from './selection/open-store.ts'
export { type OpenStoreOptions, openStore } from './selection/open-store.ts'
export type { SwitchSelection } from './selection/parse-selection.ts'
export type { SelectionLayer, StoreChoice } from './selection/selection.ts'
export type { EndReason, PoolEventName, PoolEvents } from './sessions/events.ts'
export { prefixCodec, type SessionNameCodec } from './sessions/names.ts'
export type { Origin, Outcome, SessionView } from './sessions/session.ts'
export { memoryStore } from './stores/memory-store.ts'
export { noneStore } from './stores/none-store.ts'
export { assertStoreName } from './stores/store-name.ts'

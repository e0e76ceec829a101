export {
  type Clock,
  CodedError,
  ConfigError,
  type JsonObject,
  type JsonValue,
  type Logger,
  type MetadataStore,
  memoryStore,
  noneStore,
  prefixCodec,
  type SessionMetadata,
  type SessionNameCodec,
  type SessionStatus,
  type StandardSchema,
  StoreError,
} from '@sessionkeep/contracts'
export { PoolError, type PoolErrorCode } from '@sessionkeep/contracts/errors'
export {
  type CaptureOptions,
  HostError,
  type SendTextOptions,
  type SendTextResult,
  type SessionHost,
} from '@sessionkeep/contracts/host'
export type { EndedSession, ResumePlan, ResumeReport } from '@sessionkeep/resume'
export {
  type FlagAnswer,
  type FlagListener,
  type FlagSource,
  type LoadConfigOptions,
  type LoadedConfig,
  loadConfig,
  type MetadataOptions,
  type OpenedStore,
  type OpenStoreOptions,
  openStore,
  type SelectionExplanation,
  type SwitchSelection,
} from '@sessionkeep/selection'
export type { DiscoveryReport } from './discovery/discovery-report.ts'
export { createSessionPool } from './pool/create-session-pool.ts'
export type { StopReport, TerminateReport } from './pool/lifecycle.ts'
export type { SessionPoolOptions } from './pool/resolve-options.ts'
export type { PoolStatus, SessionPool } from './pool/session-pool.ts'
export type { PoolStats } from './pool/stats.ts'
export type { PersistenceStatus, StoreStatus } from './pool/stores/persistence.ts'
export type { SwitchOptions, SwitchReport } from './pool/stores/switch-options.ts'
export type { ReadySession } from './pool/verbs/get-or-create-session.ts'
export type { GetOrCreateOptions, LaunchOptions } from './pool/verbs/launch-options.ts'
export type { AttributesPatch, OpenRequest, TouchPatch } from './pool/verbs/requests.ts'
export type { Saved } from './pool/verbs/save-session-metadata.ts'
export type { EndReason, PoolEventName, PoolEvents } from './sessions/events.ts'
export type { SessionView } from './sessions/session.ts'

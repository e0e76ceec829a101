export { absolutePath } from './base/absolute-path.ts'
export { checkOptions, strictOptions } from './base/check-options.ts'
export type { Clock } from './base/clock.ts'
export { MAX_TIMER_MS, optionsObject } from './base/option-types.ts'
export { type PathTrust, type PathTrustOptions, pathTrust } from './base/path-trust.ts'
export { prefixCodec, type SessionNameCodec } from './base/session-names.ts'
export { isWellFormed } from './base/text.ts'
export { type TimeoutOptions, withTimeout } from './base/timeout.ts'
export type { Logger } from './contracts/logger.ts'
export type { MetadataStore, StoreCallOptions, StoreCapabilities, StoreContext } from './contracts/metadata-store.ts'
export type { SchemaIssue, SchemaResult, StandardSchema } from './contracts/standard-schema.ts'
export {
  defineStore,
  type OptionVariable,
  type PathOption,
  type StorePlugin,
  type StorePluginContext,
} from './contracts/store-plugin.ts'
export { codeOf, messageOf } from './errors/code-of.ts'
export { CodedError, type CodedErrorJson, type CodedErrorOptions, isCodedError } from './errors/coded-error.ts'
export { ConfigError, type ConfigErrorCode } from './errors/config-error.ts'
export { isStoreError, StoreBatchError, StoreError, type StoreErrorCode, toStoreError } from './errors/store-error.ts'
export {
  checkCapture,
  checkKeys,
  checkLaunch,
  checkOutput,
  checkSize,
  checkTyping,
} from './hosts/check-arguments.ts'
export { join } from './record/join.ts'
export { jsonDepth } from './record/json-depth.ts'
export { MAX_RECORD_BYTES, MAX_RECORD_DEPTH } from './record/limits.ts'
export { type Copy, parseRecord, type StoredRecord, serializeRecord } from './record/parse-record.ts'
export { type AroundRecord, recordTextFault } from './record/record-faults.ts'
export {
  type AttributesAt,
  type EndCause,
  type Ended,
  type JsonObject,
  type JsonValue,
  type LaunchPlace,
  type PastSession,
  type ResumeTries,
  SCHEMA_VERSION,
  type SessionMetadata,
  type SessionStatus,
} from './record/session-metadata.ts'
export { memoryStore } from './stores/memory-store.ts'
export { noneStore } from './stores/none-store.ts'
export { failedOf } from './stores/store-failure.ts'
export { assertStoreName } from './stores/store-name.ts'

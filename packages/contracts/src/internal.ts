export {
  type AttributeCheck,
  type AttributePatch,
  type AttributeSizes,
  attributeCheck,
  invalidAttributes,
  measureAttributes,
  toPatch,
} from './base/attribute-patch.ts'
export { backoffMs } from './base/backoff.ts'
export { type Changes, createChanges } from './base/changes.ts'
export { faultsOf } from './base/check-options.ts'
export { systemClock } from './base/clock.ts'
export { closestMatch, didYouMean } from './base/closest-match.ts'
export { deepFreeze } from './base/deep-freeze.ts'
export { deferred } from './base/deferred.ts'
export { isObserved, publish } from './base/diagnostics.ts'
export { createEmitter } from './base/emitter.ts'
export { eventMessageOf } from './base/event-message.ts'
export { createLogLimiter, type FaultSummary } from './base/log-limiter.ts'
export { observeCalls } from './base/observe-calls.ts'
export { once } from './base/once.ts'
export { abortSignal, loggerType, ms, object, objectWithMethods, poolIdType, timeout } from './base/option-types.ts'
export { holdsOptions, isPlainObject, kindOf } from './base/plain-object.ts'
export { createCoalescer, createKeyedQueue, createSerial, type KeyedQueue } from './base/queues.ts'
export { safeLogger } from './base/safe-logger.ts'
export { codecOf, encodedCodec, safeCodec } from './base/session-names.ts'
export { waitAtMost, withTimeout } from './base/timeout.ts'
export { createTimers } from './base/timers.ts'
export { createTurns, createYielding, forEachYielding, pace } from './base/yield-to-event-loop.ts'
export { hostFailure } from './errors/host-failure.ts'
export { redact, redactValue } from './errors/redact.ts'
export { checkKnown } from './hosts/check-arguments.ts'
export { checkHosted, checkListing, type HostListing, mayBeUnreadable } from './hosts/check-hosted.ts'
export { identityOf, isProvenOf } from './hosts/session-identity.ts'
export {
  attributeVersion,
  foldVersions,
  laterIn,
  latestVersion,
  patched,
  type SetAttribute,
  versionsAfter,
  versionsField,
  versionsOf,
} from './record/attributes.ts'
export { countsField, countsOf, foldCounts, sumOf, withCountOf } from './record/counts.ts'
export { jsonShape } from './record/json-depth.ts'
export { addSaturating, MAX_ATTRIBUTE_VALUES } from './record/limits.ts'
export { joinPast, pastField, pastOf } from './record/past.ts'
export { newRunId } from './record/run-id.ts'
export { sameJson } from './record/same-json.ts'
export { isSpareName, spareName } from './record/spare-name.ts'
export { createBatchSize } from './stores/batch-size.ts'
export { safeCapabilities } from './stores/capabilities.ts'
export { NONE_COSTS } from './stores/none-store.ts'
export { BATCH_SIZE, createStoreCalls, type StoreCalls } from './stores/store-calls.ts'

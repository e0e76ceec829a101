export { type Variables, withoutValues } from './base/without-values.ts'
export type { Logger } from './contracts/logger.ts'
export type {
  CaptureOptions,
  ConfirmOptions,
  CreateSessionOptions,
  HostSession,
  OutputChunk,
  OutputOptions,
  RespawnOptions,
  SendKeysOptions,
  SendTextOptions,
  SendTextResult,
  SessionEnd,
  SessionHost,
  SessionRef,
  SessionStamp,
} from './contracts/session-host.ts'
export { HostError, type HostErrorCode } from './errors/host-error.ts'

export type { Logger } from './contracts/logger.ts'
export type {
  CaptureOptions,
  CreateSessionOptions,
  HostSession,
  SendTextOptions,
  SendTextResult,
  SessionHost,
  SessionRef,
  SessionStamp,
} from './contracts/session-host.ts'
export { HostError, type HostErrorCode } from './errors/host-error.ts'

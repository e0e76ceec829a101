export type {
  CaptureOptions,
  CreateSessionOptions,
  HostSession,
  Logger,
  SendTextOptions,
  SendTextResult,
  SessionEnd,
  SessionHost,
  SessionRef,
  SessionStamp,
} from '@sessionkeep/contracts/host'
export { HostError, type HostErrorCode } from '@sessionkeep/contracts/host'

export type {
  CaptureOptions,
  CreateSessionOptions,
  HostSession,
  Logger,
  SendTextOptions,
  SendTextResult,
  SessionHost,
  SessionRef,
  SessionStamp,
} from '@sessionkeep/contracts/host'
export { HostError, type HostErrorCode } from '@sessionkeep/contracts/host'

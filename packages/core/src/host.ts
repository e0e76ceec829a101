export type {
  CaptureOptions,
  ConfirmOptions,
  CreateSessionOptions,
  HostSession,
  Logger,
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
} from '@sessionkeep/contracts/host'
export { HostError, type HostErrorCode } from '@sessionkeep/contracts/host'

import { CodedError, type CodedErrorOptions } from './coded-error.ts'

/**
 * Why a host did not do as asked.
 *
 * - `HOST_UNAVAILABLE`: nothing can be said about its sessions (not installed, no rights, no answer in time); retryable.
 * - `SESSION_EXISTS`: `create()` of a name that a session already has.
 * - `SESSION_GONE`: the session spoken to has ended, or another incarnation has its name.
 * - `HOST_INVALID_NAME`: a session name that the host would read as something else.
 * - `HOST_REFUSED`: the host understood and declined; the message carries its words.
 */
export type HostErrorCode =
  | 'HOST_UNAVAILABLE'
  | 'SESSION_EXISTS'
  | 'SESSION_GONE'
  | 'HOST_INVALID_NAME'
  | 'HOST_REFUSED'

export class HostError extends CodedError<HostErrorCode> {
  constructor(code: HostErrorCode, message: string, options: CodedErrorOptions = {}) {
    super(code, message, { retryable: code === 'HOST_UNAVAILABLE', ...options })
  }
}

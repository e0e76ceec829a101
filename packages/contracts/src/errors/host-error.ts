import { CodedError, type CodedErrorOptions } from './coded-error.ts'

/**
 * The code of a {@link HostError}.
 *
 * - `HOST_UNAVAILABLE`: the host cannot list its sessions (not installed, no rights, no answer in time); retryable.
 * - `SESSION_EXISTS`: `create()` was called with a name that a session already has.
 * - `SESSION_GONE`: the session has ended, or another incarnation has its name.
 * - `HOST_INVALID_NAME`: the host would read this session name as something else, for example as a pattern.
 * - `NOT_CONFIRMED`: a text was typed, and the program was not seen to take it.
 * - `HOST_REFUSED`: the host declined the call; the message repeats its reason.
 */
export type HostErrorCode =
  | 'HOST_UNAVAILABLE'
  | 'SESSION_EXISTS'
  | 'SESSION_GONE'
  | 'HOST_INVALID_NAME'
  | 'NOT_CONFIRMED'
  | 'HOST_REFUSED'

/** A failure of a host: a call of a `SessionHost` rejects with it. */
export class HostError extends CodedError<HostErrorCode> {
  constructor(code: HostErrorCode, message: string, options: CodedErrorOptions = {}) {
    super(code, message, { retryable: code === 'HOST_UNAVAILABLE', ...options })
  }
}

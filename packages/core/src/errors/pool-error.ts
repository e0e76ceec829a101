import { CodedError, type CodedErrorOptions } from './coded-error.ts'

/**
 * Why the pool declined. What a host or a store said stands in `cause`.
 *
 * - `INVALID_WORKSPACE`: the name cannot be a workspace.
 * - `SESSION_LIMIT`: `maxSessions` are there or being made; retryable once one has ended.
 * - `SESSION_BUSY`: it has active requests; wait, or pass `force`; retryable.
 * - `SESSION_NOT_FOUND`: the pool knows no session of that workspace.
 * - `SESSION_GONE`: the session ended while it was being asked for; retryable.
 * - `SESSION_DRAINING`: it takes no new requests until draining is cleared or it is deleted.
 * - `SESSION_NOT_READY`: `ready` rejected or took too long; that incarnation was killed.
 * - `HOST_UNAVAILABLE`: the host cannot say which sessions live; retryable.
 * - `SESSION_FOREIGN`: that session name belongs to a session that is not this pool's.
 * - `INVALID_ATTRIBUTES`: not JSON, too large, or refused by the schema.
 * - `SWITCH_SUPERSEDED`: the pool stepped back to memory before this switch was made; everything is as that left it; retryable.
 * - `POOL_STOPPED`: `stop()` or `terminate()` was called.
 * - `POOL_READ_ONLY`: an observer was asked to create, delete or save.
 */
export type PoolErrorCode =
  | 'INVALID_WORKSPACE'
  | 'SESSION_LIMIT'
  | 'SESSION_BUSY'
  | 'SESSION_NOT_FOUND'
  | 'SESSION_GONE'
  | 'SESSION_DRAINING'
  | 'SESSION_NOT_READY'
  | 'HOST_UNAVAILABLE'
  | 'SESSION_FOREIGN'
  | 'INVALID_ATTRIBUTES'
  | 'SWITCH_SUPERSEDED'
  | 'POOL_STOPPED'
  | 'POOL_READ_ONLY'

const RETRYABLE: ReadonlySet<PoolErrorCode> = new Set([
  'SESSION_LIMIT',
  'SESSION_BUSY',
  'SESSION_GONE',
  'SESSION_NOT_READY',
  'HOST_UNAVAILABLE',
  'SWITCH_SUPERSEDED',
])

export class PoolError extends CodedError<PoolErrorCode> {
  constructor(code: PoolErrorCode, message: string, options: CodedErrorOptions = {}) {
    super(code, message, { retryable: RETRYABLE.has(code), ...options })
  }
}

import { CodedError, type CodedErrorOptions } from './coded-error.ts'

/**
 * The code of a {@link PoolError}.
 *
 * - `INVALID_WORKSPACE`: the name cannot be a workspace.
 * - `SESSION_LIMIT`: the pool has `maxSessions` sessions, counting those that are being created; retryable once one has ended.
 * - `SESSION_BUSY`: the session has active requests; wait, or pass `force`; retryable.
 * - `SESSION_NOT_FOUND`: the pool has no session for that workspace.
 * - `SESSION_GONE`: the session ended by itself, during the call or before it; ask for it again to get a new one; retryable.
 * - `SESSION_DRAINING`: the session takes no new requests until draining is cleared or it is deleted.
 * - `TURN_INTERRUPTED`: `interrupt()` ended the turn while it ran.
 * - `SESSION_NOT_READY`: `ready` rejected or took too long, and the new session was killed; its command ended at once; or `launch` or
 * `resume.prepare` failed or took too long; retryable.
 * - `HOST_UNAVAILABLE`: the host cannot list its sessions; retryable.
 * - `SESSION_FOREIGN`: the name that the workspace needs is taken: by a session that is not this pool's, or by the session of another workspace, which somebody renamed; the message says which.
 * - `SESSION_ELSEWHERE`: the session of that workspace lives where the host cannot reach it, for example on another tmux server; the message says where, and what to do.
 * - `NOT_RESUMABLE`: the ended session of that workspace cannot come back now; `context.why` says the reason, see `ResumeWhy`. Retryable if the reason passes by itself: `backing-off`, `limit`, `unverified`.
 * - `INVALID_ATTRIBUTES`: the attributes are not JSON, too large, or refused by the schema; the message names the key.
 * - `SWITCH_SUPERSEDED`: persistence was switched off before this switch took effect, and stays off; retryable.
 * - `DRILL_REFUSED`: a drill could not be undone in the present state of the pool; the message says why.
 * - `POOL_STOPPED`: `stop()` or `terminate()` was called.
 * - `POOL_READ_ONLY`: the pool is an observer, which never creates, deletes or saves.
 */
export type PoolErrorCode =
  | 'INVALID_WORKSPACE'
  | 'SESSION_LIMIT'
  | 'SESSION_BUSY'
  | 'SESSION_NOT_FOUND'
  | 'SESSION_GONE'
  | 'SESSION_DRAINING'
  | 'TURN_INTERRUPTED'
  | 'SESSION_NOT_READY'
  | 'HOST_UNAVAILABLE'
  | 'SESSION_FOREIGN'
  | 'SESSION_ELSEWHERE'
  | 'NOT_RESUMABLE'
  | 'INVALID_ATTRIBUTES'
  | 'SWITCH_SUPERSEDED'
  | 'DRILL_REFUSED'
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

/** A call that the pool refused. If a host or a store was the reason, its error is the `cause`. */
export class PoolError extends CodedError<PoolErrorCode> {
  constructor(code: PoolErrorCode, message: string, options: CodedErrorOptions = {}) {
    super(code, message, { retryable: RETRYABLE.has(code), ...options })
  }
}

import { codeOf, messageOf } from './code-of.ts'
import { CodedError, type CodedErrorOptions } from './coded-error.ts'

/**
 * Why a store did not do as asked.
 *
 * - `STORE_UNAVAILABLE`: not reachable, or an I/O error; retryable.
 * - `STORE_TIMEOUT`: no answer by the deadline; whether it was done is unknown; retryable.
 * - `STORE_LOCKED`: another writer holds it; retryable, free when that writer ends.
 * - `STORE_LOCK_UNAVAILABLE`: the kernel lock cannot be had on this system.
 * - `STORE_FULL`: no room; retryable, room may be made.
 * - `STORE_MISCONFIGURED`: unusable as configured (a directory that is a file, somebody else's, or writable by everybody).
 * - `STORE_CLOSED`: called before `open()` or after `close()`.
 * - `STORE_READ_ONLY`: opened read-only, and asked to write.
 * - `STORE_INVALID_NAME`: a name that no store takes: empty, with a NUL, or with a lone surrogate.
 * - `STORE_RECORD_UNREADABLE`: something is stored under that name, and it is not a record.
 * - `STORE_RECORD_NEWER`: written by a newer release; left alone.
 * - `STORE_RECORD_FOREIGN`: the record belongs to another pool; left alone.
 * - `STORE_RECORD_INVALID`: the record to be written cannot be stored (not JSON, or above the size limit).
 * - `STORE_NO_SESSION`: the store keeps records with their live sessions, and none that this one speaks of has that name.
 * - `STORE_BATCH_FAILED`: some names of a batch failed; see {@link StoreBatchError}.
 */
export type StoreErrorCode =
  | 'STORE_UNAVAILABLE'
  | 'STORE_TIMEOUT'
  | 'STORE_LOCKED'
  | 'STORE_LOCK_UNAVAILABLE'
  | 'STORE_FULL'
  | 'STORE_MISCONFIGURED'
  | 'STORE_CLOSED'
  | 'STORE_READ_ONLY'
  | 'STORE_INVALID_NAME'
  | 'STORE_RECORD_UNREADABLE'
  | 'STORE_RECORD_NEWER'
  | 'STORE_RECORD_FOREIGN'
  | 'STORE_RECORD_INVALID'
  | 'STORE_NO_SESSION'
  | 'STORE_BATCH_FAILED'

const RETRYABLE: ReadonlySet<StoreErrorCode> = new Set([
  'STORE_UNAVAILABLE',
  'STORE_TIMEOUT',
  'STORE_LOCKED',
  'STORE_FULL',
  'STORE_BATCH_FAILED',
])

export class StoreError extends CodedError<StoreErrorCode> {
  constructor(code: StoreErrorCode, message: string, options: CodedErrorOptions = {}) {
    super(code, message, { retryable: RETRYABLE.has(code), ...options })
  }
}

/** A batch that was done in part: names in `failed` were not done, all others of the call were. */
export class StoreBatchError extends StoreError {
  readonly failed: ReadonlyMap<string, StoreError>
  /** For `getMany`: the records of the names that did answer. */
  readonly values: ReadonlyMap<string, unknown>

  constructor(failed: ReadonlyMap<string, StoreError>, values: ReadonlyMap<string, unknown> = new Map()) {
    const [first] = failed.values()
    super(
      'STORE_BATCH_FAILED',
      `${failed.size} name(s) of the batch failed; the first: ${first?.message ?? 'unknown'}`,
      {
        cause: first,
        retryable: [...failed.values()].some((error) => error.retryable),
        context: { names: [...failed.keys()].slice(0, 20) },
      },
    )
    this.failed = failed
    this.values = values
  }
}

/** Whether an error is a `StoreError`, also when another copy of this package made it. */
export function isStoreError(error: unknown): error is StoreError {
  return error instanceof Error && codeOf(error)?.startsWith('STORE_') === true
}

/**
 * Any error as a `StoreError`. An error with the code of a store keeps code, message and cause. If it has no `toJSON`, because
 * it was put together by hand, it is made anew: else a status as JSON would say nothing but the code, and say it unredacted.
 */
export function toStoreError(error: unknown, store: string, verb: string): StoreError {
  if (isStoreError(error)) {
    const { code, message, cause, retryable = RETRYABLE.has(code), context = { store, verb } } = error as GivenError
    return 'toJSON' in error || 'failed' in error ? error : new StoreError(code, message, { cause, retryable, context })
  }
  const words = messageOf(error)
  return new StoreError('STORE_UNAVAILABLE', `${verb}() of store ${store} failed: ${words}`, {
    cause: error,
    context: { store, verb },
  })
}

/** What is sure of an error that somebody else made: that it has a code. */
type GivenError = Pick<StoreError, 'code' | 'message' | 'cause'> & Partial<Pick<StoreError, 'retryable' | 'context'>>

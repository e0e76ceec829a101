import { codeOf, messageOf } from './code-of.ts'
import { CodedError, type CodedErrorOptions } from './coded-error.ts'

/**
 * The code of a {@link StoreError}.
 *
 * - `STORE_UNAVAILABLE`: the store cannot be reached, or has an I/O error; retryable.
 * - `STORE_TIMEOUT`: the store did not answer in time, and may or may not have carried out the call; retryable.
 * - `STORE_LOCKED`: another writer holds the lock; retryable, since the lock is free when that writer ends.
 * - `STORE_LOCK_UNAVAILABLE`: this system does not offer the kernel lock.
 * - `STORE_FULL`: the store has no room left; retryable, since room may be made.
 * - `STORE_MISCONFIGURED`: the store cannot work as configured: for example, its directory is a file, belongs to somebody else, or is writable by everybody.
 * - `STORE_CLOSED`: the store was called before `open()` or after `close()`, or was detached.
 * - `STORE_READ_ONLY`: the store can only be read: it was opened so, or accepts no writes now.
 * - `STORE_INVALID_NAME`: the name is empty, or has a NUL or a lone surrogate.
 * - `STORE_RECORD_UNREADABLE`: the value that is stored under that name is no record.
 * - `STORE_RECORD_NEWER`: a newer release wrote the record; it is not touched.
 * - `STORE_RECORD_FOREIGN`: the record belongs to another pool or to a session that lives elsewhere, and is not touched; or it names
 * another workspace than its session, and is written over.
 * - `STORE_RECORD_INVALID`: the record to be written is not JSON, or is above the size limit.
 * - `STORE_NO_SESSION`: the store keeps each record in its live session, and no session has that name.
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

/** A failure of a store: a call of a `MetadataStore` rejects with it. */
export class StoreError extends CodedError<StoreErrorCode> {
  constructor(code: StoreErrorCode, message: string, options: CodedErrorOptions = {}) {
    super(code, message, { retryable: RETRYABLE.has(code), ...options })
  }
}

/**
 * A batch that was carried out in part: for the names in `failed` it was not, for all other names of the call it was. Its
 * code is `STORE_BATCH_FAILED`.
 */
export class StoreBatchError extends StoreError {
  /** The error of each name that failed. */
  readonly failed: ReadonlyMap<string, StoreError>
  /** For `getMany`: the records of the names that did not fail. */
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
  // In this order, since nothing can be asked of a proxy that was revoked.
  return codeOf(error)?.startsWith('STORE_') === true && error instanceof Error
}

/**
 * Turns any error into a `StoreError`. An error with a code of a store keeps its code, message and cause; any other becomes
 * `STORE_UNAVAILABLE` with the error as its cause. A plain `Error` with such a code is replaced by a `StoreError`, since it has
 * no `toJSON`: a status would show only its code as JSON, and credentials in it would not be redacted.
 */
export function toStoreError(error: unknown, store: string, verb: string): StoreError {
  if (isStoreError(error)) {
    const { code, cause, retryable = RETRYABLE.has(code), context = { store, verb } } = error as GivenError
    if ('toJSON' in error || 'failed' in error) return error
    return new StoreError(code, messageOf(error), { cause, retryable, context })
  }
  const message = messageOf(error)
  return new StoreError('STORE_UNAVAILABLE', `${verb}() of store ${store} failed: ${message}`, {
    cause: error,
    context: { store, verb },
  })
}

/** An error with the code of a store that another package made. Only the code is certain. */
type GivenError = Pick<StoreError, 'code' | 'cause'> & Partial<Pick<StoreError, 'retryable' | 'context'>>

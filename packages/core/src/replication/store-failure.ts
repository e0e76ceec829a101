import { withoutCredentials } from '../base/redact.ts'
import { codeOf } from '../errors/code-of.ts'
import { StoreError, type StoreErrorCode } from '../errors/store-error.ts'

/** `error` as a `StoreError`, without credentials of a driver's message: told by its code, since two copies of this package may be loaded. */
export function toStoreError(error: unknown, store: string, verb: string): StoreError {
  if (isStoreError(error)) return error
  const message = error instanceof Error ? error.message : String(error)
  const words = withoutCredentials(message)
  return new StoreError('STORE_UNAVAILABLE', `${verb}() of store ${store} failed: ${words}`, {
    // A log shows causes, too.
    ...(words === message ? { cause: error } : {}),
    context: { store, verb },
  })
}

/** The names that a batch did not do; throws the error again where it is not one of parts. */
export function failedOf(error: unknown): ReadonlyMap<string, StoreError> {
  const failed = (error as { failed?: unknown } | undefined)?.failed
  if (codeOf(error) === 'STORE_BATCH_FAILED' && failed instanceof Map) return failed
  throw error
}

function isStoreError(error: unknown): error is StoreError & { code: StoreErrorCode } {
  return error instanceof Error && codeOf(error)?.startsWith('STORE_') === true
}

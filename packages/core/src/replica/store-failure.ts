import { StoreError, type StoreErrorCode } from '../errors/store-error.ts'

/** `error` as a `StoreError`: told by its code, since two copies of this package may be loaded. */
export function toStoreError(error: unknown, store: string, verb: string): StoreError {
  if (isStoreError(error)) return error
  const message = error instanceof Error ? error.message : String(error)
  return new StoreError('STORE_UNAVAILABLE', `${verb}() of store ${store} failed: ${message}`, {
    cause: error,
    context: { store, verb },
  })
}

/** The names that a batch did not do; throws the error again where it is not one of parts. */
export function failedOf(error: unknown): ReadonlyMap<string, StoreError> {
  const failed = (error as { failed?: unknown } | undefined)?.failed
  if (codeOf(error) === 'STORE_BATCH_FAILED' && failed instanceof Map) return failed
  throw error
}

export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

function isStoreError(error: unknown): error is StoreError & { code: StoreErrorCode } {
  return error instanceof Error && codeOf(error)?.startsWith('STORE_') === true
}

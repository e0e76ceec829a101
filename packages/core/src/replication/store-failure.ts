import { codeOf } from '../errors/code-of.ts'
import type { StoreError } from '../errors/store-error.ts'

export { toStoreError } from '../errors/store-error.ts'

/** The names that a batch did not do; throws the error again where it is not one of parts. */
export function failedOf(error: unknown): ReadonlyMap<string, StoreError> {
  const failed = (error as { failed?: unknown } | undefined)?.failed
  if (codeOf(error) === 'STORE_BATCH_FAILED' && failed instanceof Map) return failed
  throw error
}

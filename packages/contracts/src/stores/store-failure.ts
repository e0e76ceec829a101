import { codeOf } from '../errors/code-of.ts'
import type { StoreError } from '../errors/store-error.ts'

/** The errors of the names of a batch that failed in part. Throws the error itself if the whole call failed. */
export function failedOf(error: unknown): ReadonlyMap<string, StoreError> {
  const failed = (error as { failed?: unknown } | undefined)?.failed
  if (codeOf(error) === 'STORE_BATCH_FAILED' && failed instanceof Map) return failed
  throw error
}

import { codeOf } from '../errors/code-of.ts'
import { StoreError, toStoreError } from '../errors/store-error.ts'

/**
 * The errors of the names of a batch that failed in part, also when another copy of this package made the error. Throws if the
 * whole call failed. A call that rejects without saying for which of its names counts as failed: otherwise records that were not
 * written would count as written.
 *
 * @param error - What a call of a store rejected with.
 * @param names - The names of that call.
 * @throws The error itself if it is not of a batch; `STORE_UNAVAILABLE` if it names none of `names`.
 *
 * @example
 * ```ts
 * const failed = await store.setMany(records, { signal }).then(
 *   () => new Map(),
 *   (error: unknown) => failedOf(error, records.keys(), store.name, 'setMany'),
 * )
 * ```
 */
export function failedOf(
  error: unknown,
  names: Iterable<string>,
  store: string,
  verb: string,
): ReadonlyMap<string, StoreError> {
  const given = (error as { failed?: unknown } | undefined)?.failed
  if (codeOf(error) !== 'STORE_BATCH_FAILED' || !(given instanceof Map)) throw error
  const failed = new Map<string, StoreError>()
  for (const name of names) if (given.has(name)) failed.set(name, toStoreError(given.get(name), store, verb))
  if (failed.size > 0) return failed
  throw new StoreError(
    'STORE_UNAVAILABLE',
    `${verb}() of store ${store} failed for a part of the batch, and did not say for which.`,
    {
      cause: error,
      context: { store, verb },
    },
  )
}

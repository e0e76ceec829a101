import { assertStoreName, isWellFormed, StoreError } from '@sessionkeep/contracts'

/**
 * Throws when the caller has given the call up.
 *
 * @throws `STORE_TIMEOUT` once `signal` is aborted, with its reason as the cause
 *
 * @example
 * const answer = await client.get(key)
 * throwIfAborted(signal)
 */
export function throwIfAborted(signal: AbortSignal): void {
  if (!signal.aborted) return
  throw new StoreError('STORE_TIMEOUT', 'The caller gave the call up.', { cause: signal.reason })
}

/**
 * Refuses a namespace that is not well-formed Unicode, for stores that encode it as UTF-8.
 *
 * @throws `STORE_MISCONFIGURED`
 *
 * @example
 * assertNamespace(context.namespace)
 */
export function assertNamespace(namespace: string | undefined): void {
  if (namespace === undefined || isWellFormed(namespace)) return
  const message = 'This poolId cannot be the namespace of a store: it is not well-formed Unicode.'
  throw new StoreError('STORE_MISCONFIGURED', message, { context: { namespace } })
}

/**
 * Whether this is a valid name. People who edit stored data by hand may have written others.
 *
 * @example
 * const names = (await readdir(directory)).filter(isStoreName)
 */
export function isStoreName(name: string): boolean {
  try {
    assertStoreName(name)
    return true
  } catch {
    return false
  }
}

/**
 * Makes the error `STORE_RECORD_UNREADABLE` of a name. `why` completes the sentence, as in `it is not JSON`.
 *
 * @example
 * throw unreadableRecord(name, 'it is empty')
 */
export function unreadableRecord(
  name: string,
  why: string,
  cause?: unknown,
  context: Readonly<Record<string, unknown>> = {},
): StoreError {
  const message = `The data stored for ${JSON.stringify(name)} is not a record: ${why}.`
  return new StoreError('STORE_RECORD_UNREADABLE', message, { cause, context: { name, ...context } })
}

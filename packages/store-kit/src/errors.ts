import { assertStoreName, isWellFormed, StoreError } from '@sessionkeep/core/store'

/** Throws `STORE_TIMEOUT`, with the signal's reason as its cause, once the caller no longer waits for the answer. */
export function throwIfAborted(signal: AbortSignal): void {
  if (!signal.aborted) return
  throw new StoreError('STORE_TIMEOUT', 'The call was given up by its caller.', { cause: signal.reason })
}

/** Throws `STORE_MISCONFIGURED` for a namespace that is not well-formed Unicode, for stores that encode it as UTF-8. */
export function assertNamespace(namespace: string | undefined): void {
  if (namespace === undefined || isWellFormed(namespace)) return
  const message = 'This poolId cannot name a part of a store: it is not well-formed Unicode.'
  throw new StoreError('STORE_MISCONFIGURED', message, { context: { namespace } })
}

/** Whether a store takes this name; people who edit what is stored may have written others. */
export function isStoreName(name: string): boolean {
  try {
    assertStoreName(name)
    return true
  } catch {
    return false
  }
}

/** The error `STORE_RECORD_UNREADABLE` of a name. `why` completes the sentence: `it is not JSON`. */
export function unreadableRecord(
  name: string,
  why: string,
  cause?: unknown,
  context: Readonly<Record<string, unknown>> = {},
): StoreError {
  const message = `What is stored for ${JSON.stringify(name)} is no record: ${why}.`
  return new StoreError('STORE_RECORD_UNREADABLE', message, { cause, context: { name, ...context } })
}

import { codeOf, StoreError, type StoreErrorCode } from '@sessionkeep/contracts'

/** Adds to an error of a store the sentence that nothing has changed. Other errors are returned as they are. */
export function givenUp(store: string, error: unknown): unknown {
  return again(error, (message) => `The switch to ${store} was given up, and everything is as it was: ${message}`)
}

/** The error of a store that could not be prepared, with its label in the context. */
export function failureOf(store: string | undefined, error: unknown): unknown {
  return store === undefined ? error : again(error, (message) => message, { store })
}

/** A copy of an error of a store, with another message or more context. Other errors are returned unchanged. */
function again(error: unknown, textOf: (message: string) => string, more: object = {}): unknown {
  const code = codeOf(error)
  if (!code?.startsWith('STORE_')) return error
  const { message, retryable, context } = error as StoreError
  const about = { ...context, ...more }
  return new StoreError(code as StoreErrorCode, textOf(message), { cause: error, retryable, context: about })
}

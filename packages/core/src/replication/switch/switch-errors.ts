import { codeOf } from '../../errors/code-of.ts'
import { PoolError } from '../../errors/pool-error.ts'
import { StoreError, type StoreErrorCode } from '../../errors/store-error.ts'

/** What kept a store from being had, said so that nobody fears for what was in force. Errors of other kinds as they are. */
export function givenUp(store: string, error: unknown): unknown {
  const code = codeOf(error)
  if (!code?.startsWith('STORE_')) return error
  const { message, retryable, context } = error as StoreError
  return new StoreError(
    code as StoreErrorCode,
    `The switch to ${store} was given up, and everything is as it was: ${message}`,
    { cause: error, retryable, context },
  )
}

export function tooLate(store: string, timeoutMs: number): StoreError {
  return new StoreError('STORE_TIMEOUT', `${store} was not ready within ${timeoutMs} ms.`, {
    context: { store, timeoutMs },
  })
}

export function superseded(): PoolError {
  return new PoolError(
    'SWITCH_SUPERSEDED',
    'The pool stepped back to memory while this switch was waiting or under way; ask for it again if it is still wanted.',
  )
}

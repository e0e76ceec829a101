import { codeOf, messageOf, StoreError } from '@sessionkeep/contracts'

/** Converts a failure of tmux to an error of the store. A `TypeError` is a mistake in the program and is passed on. */
export function toStoreError(error: unknown, signal: AbortSignal | undefined): Error {
  if (error instanceof TypeError) return error
  const isLate = signal?.aborted === true || contextOf(error).errno === 'ETIMEDOUT'
  return new StoreError(
    isLate ? 'STORE_TIMEOUT' : 'STORE_UNAVAILABLE',
    `The tmux store got no answer: ${messageOf(error)}`,
    {
      cause: error,
      context: { code: codeOf(error) },
    },
  )
}

function contextOf(error: unknown): { errno?: unknown } {
  return error instanceof Error && 'context' in error && typeof error.context === 'object' ? (error.context ?? {}) : {}
}

/** The error of a record whose session does not run. */
export function noSession(name: string): StoreError {
  const message = `The record of ${JSON.stringify(name)} was not stored: the session that it describes does not run under that name.`
  return new StoreError('STORE_NO_SESSION', message, { context: { name } })
}

/** The error of a record that tmux did not store although the session runs. */
export function notTaken(name: string): StoreError {
  return new StoreError('STORE_UNAVAILABLE', `tmux did not store the record of ${JSON.stringify(name)}.`, {
    context: { name },
  })
}

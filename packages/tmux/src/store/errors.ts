import { codeOf, messageOf, StoreError } from '@sessionkeep/core/store'

/** What kept tmux from answering, as an error of the store. A `TypeError` is a mistake of the program, and stays one. */
export function toStoreError(error: unknown, signal: AbortSignal | undefined): Error {
  if (error instanceof TypeError) return error
  const isLate = signal?.aborted === true || contextOf(error).errno === 'ETIMEDOUT'
  return new StoreError(
    isLate ? 'STORE_TIMEOUT' : 'STORE_UNAVAILABLE',
    `The tmux store has no answer: ${messageOf(error)}`,
    {
      cause: error,
      context: { code: codeOf(error) },
    },
  )
}

function contextOf(error: unknown): { errno?: unknown } {
  return error instanceof Error && 'context' in error && typeof error.context === 'object' ? (error.context ?? {}) : {}
}

export function noSession(name: string): StoreError {
  const message = `The record of ${JSON.stringify(name)} was not kept: no session that it speaks of lives under that name.`
  return new StoreError('STORE_NO_SESSION', message, { context: { name } })
}

export function notTaken(name: string): StoreError {
  return new StoreError('STORE_UNAVAILABLE', `tmux did not take the record of ${JSON.stringify(name)}.`, {
    context: { name },
  })
}

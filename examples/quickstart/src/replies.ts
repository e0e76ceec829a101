import { CodedError } from '@sessionkeep/core'

/** The reply to a caller. */
export interface Reply {
  readonly status: number
  readonly body: unknown
}

const STATUS: Readonly<Record<string, number>> = {
  INVALID_WORKSPACE: 400,
  INVALID_REQUEST: 400,
  SESSION_NOT_FOUND: 404,
  SESSION_BUSY: 409,
  SESSION_DRAINING: 409,
  SESSION_FOREIGN: 409,
  SESSION_GONE: 410,
}

/** The error of a wrong request. */
export function invalidRequest(message: string): Error {
  return new CodedError('INVALID_REQUEST', message)
}

/** Makes the reply to an error. Errors of the pool keep their code, and state whether trying again may help. */
export function replyTo(error: unknown): Reply {
  const { code, message, retryable } = error as Partial<CodedError>
  if (code === undefined) return { status: 500, body: { error: { message: String(error) } } }
  return { status: STATUS[code] ?? (retryable ? 503 : 500), body: { error: { code, message, retryable } } }
}

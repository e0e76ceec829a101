import { isCodedError, isStoreError } from '@sessionkeep/contracts'
import { CodedError, type Logger } from '@sessionkeep/core'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/**
 * The codes of errors that the app itself makes.
 *
 * - `UNAUTHORIZED`: the token is missing or wrong, or `authorize()` did not let the request pass.
 * - `FORBIDDEN_READ_ONLY`: the app, or this caller, may only read; see the option `readOnly`.
 * - `FORBIDDEN_HOST`: the request names a host that is not in the option `hosts`.
 * - `FORBIDDEN_ORIGIN`: a page of another origin sent the request.
 * - `NOT_FOUND`: there is no such route.
 * - `BODY_TOO_LARGE`: the body has more than `maxBodyBytes` bytes.
 * - `BODY_NOT_JSON`: the body is of another type than `application/json`.
 * - `REQUEST_INVALID`: a parameter or a field of the body is wrong, unknown or missing; the message names it.
 * - `TOO_MANY_STREAMS`: `maxStreams` streams are open; retryable.
 * - `APP_CLOSED`: the gateway ends, so that it opens no stream; retryable.
 * - `INTERNAL`: an error without a code; its details are in the log of the gateway only.
 */
export type HttpErrorCode = keyof typeof OWN

/** The codes of the app itself, each with its status. */
const OWN = {
  UNAUTHORIZED: 401,
  FORBIDDEN_READ_ONLY: 403,
  FORBIDDEN_HOST: 403,
  FORBIDDEN_ORIGIN: 403,
  NOT_FOUND: 404,
  BODY_TOO_LARGE: 413,
  BODY_NOT_JSON: 415,
  REQUEST_INVALID: 400,
  TOO_MANY_STREAMS: 429,
  APP_CLOSED: 503,
  INTERNAL: 500,
} as const

const RETRYABLE: readonly HttpErrorCode[] = ['TOO_MANY_STREAMS', 'APP_CLOSED']

/** The status of each code of the pool, its host and its stores. Other codes are 503 if they are retryable, else 409. */
const STATUS: Readonly<Record<string, ContentfulStatusCode>> = {
  ...OWN,
  INVALID_WORKSPACE: 400,
  INVALID_ATTRIBUTES: 400,
  CONFIG_INVALID: 400,
  CONFIG_UNKNOWN_STORE: 400,
  HOST_INVALID_NAME: 400,
  SESSION_NOT_FOUND: 404,
  SESSION_BUSY: 409,
  SWITCH_SUPERSEDED: 409,
  NOT_RESUMABLE: 409,
  SESSION_GONE: 410,
  SESSION_NOT_READY: 422,
  SESSION_LIMIT: 429,
  POOL_STOPPED: 503,
}

/** An answer to a request that could not be carried out. */
export interface ErrorAnswer {
  readonly status: ContentfulStatusCode
  readonly body: {
    readonly error: { code: string; message: string; retryable: boolean; context?: Record<string, unknown> }
  }
}

/** Makes an error of the app itself. */
export function httpError(code: HttpErrorCode, message: string): CodedError {
  return new CodedError(code, message, { retryable: RETRYABLE.includes(code) })
}

/** Makes the answer to an error. An error without a code is logged, and the answer says nothing of it. */
export function answerTo(error: unknown, logger: Pick<Logger, 'error'>): ErrorAnswer {
  const coded = toCoded(error)
  if (!coded) {
    // The constructor redacts the cause.
    const { cause } = new CodedError('INTERNAL', 'A route failed', { cause: error })
    logger.error({ err: cause }, 'A route failed')
    return answerTo(httpError('INTERNAL', 'The gateway failed; its log says why.'), logger)
  }
  const { code, message, retryable, context } = coded
  const facts = Object.keys(context).length > 0 ? { context: { ...context } } : {}
  return { status: STATUS[code] ?? (retryable ? 503 : 409), body: { error: { code, message, retryable, ...facts } } }
}

/**
 * Makes the error of a refused switch of which nothing was changed. It is not retryable, so that its status is 409: the service
 * goes on, and 503 would say that it has failed.
 */
export function refusedSwitch(error: unknown): unknown {
  if (!isCodedError(error) || !isStoreError(error)) return error
  return new CodedError(error.code, error.message, { cause: error, context: { ...error.context, unchanged: true } })
}

function toCoded(error: unknown): CodedError | undefined {
  // The pool may be of another copy of core than the routes.
  if (isCodedError(error)) return error
  if (error instanceof HTTPException && error.status < 500)
    return httpError(error.status === 413 ? 'BODY_TOO_LARGE' : 'REQUEST_INVALID', error.message)
  if (error instanceof TypeError && OF_CALLER.test(error.message)) return httpError('REQUEST_INVALID', error.message)
  return undefined
}

/**
 * Matches the message of a `TypeError` for a wrong value of the caller: it says what the value must be, or may not be. The pool and
 * its host have no other mark for it. The messages of the engine and of Node begin with a capital or say what happened.
 */
const OF_CALLER = /^[a-z"].* (?:must|may have|needs|is not a key|has control characters)\b/s

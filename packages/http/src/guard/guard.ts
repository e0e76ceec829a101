import { CodedError } from '@sessionkeep/core'
import type { Context, MiddlewareHandler } from 'hono'
import { httpError } from '../errors.ts'
import type { ResolvedHttpOptions } from '../options.ts'
import { checkHostAndOrigin } from './host-and-origin.ts'
import type { TokenCheck } from './token.ts'

/** Marks requests that came over a channel which only the user of the gateway can open. No header can have this key. */
export const TRUSTED = Symbol('trusted')

/** What the guard notes of a request for the routes. */
export interface HttpEnvironment {
  Bindings: { [TRUSTED]?: true }
  Variables: {
    /** Whether the caller may change anything. */
    mayWrite: boolean
  }
}

/** The shortest pause between two log lines about `authorize()`, ms. */
const LOG_PAUSE_MS = 60_000

type Guard = MiddlewareHandler<HttpEnvironment>

const isTrusted = (context: Context<HttpEnvironment>): boolean => context.env?.[TRUSTED] === true

/** Refuses requests for another host, and those of pages of another origin. */
export function createOriginGuard(options: ResolvedHttpOptions): Guard {
  return (context, next) => {
    if (!isTrusted(context)) checkHostAndOrigin(context.req, options)
    return next()
  }
}

const SAFE_METHODS = ['GET', 'HEAD']

/** Refuses requests that have no token or that `authorize()` does not let pass, and changes by callers who may only read. */
export function createAccessGuard(options: ResolvedHttpOptions, token: TokenCheck | undefined): Guard {
  let times = 0
  let loggedAt = Number.NEGATIVE_INFINITY
  /** Logs a failure of `authorize()`. Requests that make it fail come from anybody, so that a line for each would fill the log. */
  const logFailure = (error: unknown): void => {
    times += 1
    const now = performance.now()
    if (now - loggedAt < LOG_PAUSE_MS) return
    loggedAt = now
    // The constructor redacts the cause.
    const { cause } = new CodedError('INTERNAL', 'authorize() failed', { cause: error })
    options.logger.error({ err: cause, times }, 'authorize() failed - the request is refused')
  }
  const ask = async (request: Request) => {
    try {
      return (await options.authorize?.(request)) ?? false
    } catch (error) {
      logFailure(error)
      return false
    }
  }
  const accessOf = async (context: Context): Promise<'none' | 'read' | 'write'> => {
    const given = token ? token.isAuthorized(context) : await ask(context.req.raw)
    if (given === 'read' || given === 'write') return given
    if (given !== true) return 'none'
    return options.readOnly ? 'read' : 'write'
  }

  return async (context, next) => {
    const access = isTrusted(context) ? 'write' : await accessOf(context)
    if (access === 'none') {
      context.header('www-authenticate', 'Bearer realm="sessionkeep"')
      throw httpError('UNAUTHORIZED', unauthorized(token !== undefined))
    }
    context.set('mayWrite', access === 'write')
    if (access === 'read' && !SAFE_METHODS.includes(context.req.method))
      throw httpError(
        'FORBIDDEN_READ_ONLY',
        'This app may only read; createHttpApp(pool, { readOnly: false }) allows changes.',
      )
    return next()
  }
}

const unauthorized = (hasToken: boolean): string =>
  hasToken
    ? 'Send the token in the header Authorization, after the word Bearer. The gateway printed it at its start.'
    : 'The gateway does not allow this request.'

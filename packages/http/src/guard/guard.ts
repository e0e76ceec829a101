import { createLogLimiter } from '@sessionkeep/contracts/internal'
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
  const failing = createLogLimiter()
  const ask = async (request: Request) => {
    try {
      return (await options.authorize?.(request)) ?? false
    } catch (error) {
      const message = 'authorize() failed - the request is refused'
      const logged = failing.happened()
      // The constructor redacts the cause.
      const { cause } = new CodedError('INTERNAL', message, { cause: error })
      // Anybody can send requests that fail, also between others, so that a request that succeeds does not end the fault.
      if (logged) options.logger.error({ err: cause, ...(logged === 'first' ? {} : logged) }, message)
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

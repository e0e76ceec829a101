import type { MiddlewareHandler } from 'hono'
import { httpError } from '../errors.ts'

/** Sets the headers of every answer: a browser caches no answer, shows none in a frame, guesses no type, and tells other sites nothing. */
export const noSniff: MiddlewareHandler = async (context, next) => {
  await next()
  const { headers } = context.res
  headers.set('x-content-type-options', 'nosniff')
  headers.set('x-frame-options', 'DENY')
  // With `no-referrer` a browser would send the login form with the origin `null`, which is refused.
  headers.set('referrer-policy', 'same-origin')
  headers.set('cross-origin-resource-policy', 'same-origin')
  headers.set('cross-origin-opener-policy', 'same-origin')
  headers.set('cache-control', 'no-store')
  if (headers.get('content-type')?.startsWith('text/event-stream')) {
    // The `compression()` of Express would hold a stream back for ever, and so may nginx.
    headers.set('cache-control', 'no-store, no-transform')
    headers.set('x-accel-buffering', 'no')
  }
  if (!headers.has('content-security-policy')) headers.set('content-security-policy', "default-src 'none'; sandbox")
}

/**
 * The answer to HEAD where GET answers with a stream. It opens no stream: nobody would read that stream, and so nobody would
 * end it.
 */
export const headOfStream = (): Response => new Response(null, { headers: { 'content-type': 'text/event-stream' } })

/**
 * Refuses bodies that are not declared as JSON. A form of another site cannot declare that type. A body of another type might be
 * overlooked, so that a request with options would be carried out as one without.
 */
export const onlyJson: MiddlewareHandler = async (context, next) => {
  const { method } = context.req
  const type = context.req.header('content-type')
  const isJson = type !== undefined && /^application\/json\s*(;|$)/i.test(type)
  const hasBody = type !== undefined || (context.req.header('content-length') ?? '0') !== '0'
  if (method !== 'GET' && method !== 'HEAD' && hasBody && !isJson)
    throw httpError('BODY_NOT_JSON', 'The body has to be JSON, with content-type: application/json.')
  await next()
}

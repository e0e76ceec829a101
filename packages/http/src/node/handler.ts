import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { HttpApp } from '../create-http-app.ts'

/** The options of `toNodeHandler()`. */
export interface NodeHandlerOptions {
  /** The path at which the app is mounted, if the framework leaves it in `request.url`, as Fastify does. @defaultValue none */
  readonly prefix?: string | undefined
}

/**
 * Makes a handler for `node:http`, and for frameworks on it. The body of the request must not have been read.
 * @example `express().use('/admin', toNodeHandler(http))`
 */
export function toNodeHandler(
  { fetch }: Pick<HttpApp, 'fetch'>,
  options: NodeHandlerOptions = {},
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const path = (options.prefix ?? '').replace(/^\/+|\/+$/g, '')
  const prefix = path && `/${path}`
  const listener = getRequestListener((request) => fetch(requestFor(request, prefix)), {
    overrideGlobalObjects: false,
  })
  return async (request, response) => {
    const location = locationWithSlash(request, prefix)
    if (location === undefined) return await listener(request, response)
    response.writeHead(307, { location, 'cache-control': 'no-store' }).end()
  }
}

/**
 * Returns the address to redirect to if a request has the path of the mounted app without a slash at its end; else undefined.
 * Without that slash, a browser would look for the script of the page in another place.
 */
function locationWithSlash(request: IncomingMessage & { originalUrl?: string }, prefix: string): string | undefined {
  const [path = '', query] = (request.url ?? '').split('?')
  // Express removes the path of the app from `url`, and keeps it in `originalUrl`.
  const [original = ''] = (request.originalUrl ?? path).split('?')
  if (original.endsWith('/') || (path !== prefix && path !== '/')) return undefined
  // With the dot, a path such as `/a:b` cannot be taken for a URL of another scheme.
  return `./${original.split('/').at(-1)}/${query === undefined ? '' : `?${query}`}`
}

const WITHOUT_BODY = ['GET', 'HEAD', 'TRACE']

/**
 * The request as the app gets it. A request with a body becomes a `Request` of the runtime, because the limit of bodies copies
 * requests of unknown length, and the object of `@hono/node-server` only looks like a `Request` and cannot be copied.
 */
function requestFor(request: Request, prefix: string): Request {
  const url = new URL(request.url)
  const isBelow = prefix !== '' && (url.pathname === prefix || url.pathname.startsWith(`${prefix}/`))
  // No route has TRACE, and the runtime makes no request of it.
  if (request.method === 'TRACE' || (!isBelow && WITHOUT_BODY.includes(request.method))) return request
  if (isBelow) url.pathname = url.pathname.slice(prefix.length) || '/'
  return new Request(url, request)
}

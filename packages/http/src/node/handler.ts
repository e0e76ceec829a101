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
  { prefix = '' }: NodeHandlerOptions = {},
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const listener = getRequestListener((request) => fetch(withoutPrefix(request, prefix)), {
    overrideGlobalObjects: false,
  })
  return (request, response) => listener(request, response)
}

function withoutPrefix(request: Request, prefix: string): Request {
  if (prefix === '') return request
  const url = new URL(request.url)
  if (url.pathname !== prefix && !url.pathname.startsWith(`${prefix}/`)) return request
  url.pathname = url.pathname.slice(prefix.length) || '/'
  return new Request(url, request)
}

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CodedError } from '@sessionkeep/core'
import type { HttpApp } from '../create-http-app.ts'
import { toNodeHandler } from './handler.ts'

/** The options of `serveHttp()`. */
export interface ServeHttpOptions {
  /** The port; 0 is any free one. @defaultValue 0 */
  readonly port?: number | undefined
  /** The address to listen on. For any other than a loopback address, name the hosts in the options of the app. @defaultValue `'127.0.0.1'` */
  readonly hostname?: string | undefined
  /** Called once with the address of the dashboard, which has the token. @defaultValue `console.log` */
  readonly print?: ((line: string) => void) | undefined
}

/** A running server. */
export interface HttpServer {
  /** The address, without the token. */
  readonly url: string
  /** The port that it listens on. */
  readonly port: number
  /** Ends the streams and the server. The pool goes on. */
  close(): Promise<void>
}

/**
 * Serves an app over HTTP, and prints the address of the dashboard once, with the token.
 * @throws `LISTEN_FAILED` if the port is taken or not allowed.
 * @example `const { url } = await serveHttp(createHttpApp(pool), { port: 8080 })`
 */
export async function serveHttp(http: HttpApp, options: ServeHttpOptions = {}): Promise<HttpServer> {
  const { port: wanted = 0, hostname = '127.0.0.1', print = console.log } = options
  const server = createServer(toNodeHandler(http))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // Throws for a number that is no port.
    server.listen(wanted, hostname, resolve)
  }).catch((cause: NodeJS.ErrnoException) => {
    const message = `Cannot listen on ${hostname}:${wanted} (${cause.code}). Choose another port or address.`
    throw new CodedError('LISTEN_FAILED', message, { cause })
  })
  const { port } = server.address() as AddressInfo
  const url = `http://${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}/`
  print(http.token === undefined ? url : `${url}?token=${http.token}`)
  return {
    url,
    port,
    async close() {
      http.close()
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
    },
  }
}

import { lstat, unlink } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { CodedError } from '@sessionkeep/core'
import type { HttpApp } from '../create-http-app.ts'
import { toNodeHandler } from './handler.ts'

/** The options of `serveSocket()`. */
export interface ServeSocketOptions {
  /** The path of the socket, in a directory that only this user can write; beside the lock of the file store is a good place. */
  readonly path: string
}

/** A running socket. */
export interface SocketServer {
  readonly path: string
  /** Ends the server, and removes the socket. */
  close(): Promise<void>
}

/** The longest path of a socket, bytes; Linux has 108 with the final zero, macOS 104. */
const LONGEST_PATH = 103

/**
 * Serves an app on a unix socket that only this user can open (0600), for the command line. It asks for no token, and allows
 * changes. A socket that a killed gateway left is taken over; one that answers is not.
 * @throws `SOCKET_IN_USE` if another gateway answers there, or something else than a socket is there; `LISTEN_FAILED`.
 * @example `await serveSocket(http, { path: '/data/sessions/sessionkeep.sock' })`
 */
export async function serveSocket(http: HttpApp, { path }: ServeSocketOptions): Promise<SocketServer> {
  if (Buffer.byteLength(path) > LONGEST_PATH)
    throw new CodedError('LISTEN_FAILED', `The path of a socket may have at most ${LONGEST_PATH} bytes: ${path}`)
  const server = createServer(toNodeHandler({ fetch: http.fetchTrusted }))
  await bind(server, path).catch(async (cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EADDRINUSE') throw failed(path, cause)
    const isSocket = (await lstat(path)).isSocket()
    if (!isSocket || (await answers(path))) {
      const advice = isSocket ? 'is used by another gateway. End it' : 'is not a socket. Move it away'
      throw new CodedError('SOCKET_IN_USE', `${path} ${advice}, or choose another path.`, { cause })
    }
    await unlink(path)
    await bind(server, path).catch((error: unknown) => Promise.reject(failed(path, error)))
  })
  return {
    path,
    async close() {
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
    },
  }
}

function failed(path: string, cause: unknown): CodedError {
  const { code } = cause as NodeJS.ErrnoException
  return new CodedError('LISTEN_FAILED', `Cannot listen on ${path} (${code}). Is its directory there, and writable?`, {
    cause,
  })
}

function bind(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    // The socket is created inside this call. A umask that lasted longer would be inherited by the sessions.
    const umask = process.umask(0o177)
    try {
      server.listen(path, () => {
        server.off('error', reject)
        resolve()
      })
    } finally {
      process.umask(umask)
    }
  })
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const settle = (outcome: boolean) => {
      socket.destroy()
      resolve(outcome)
    }
    socket.once('connect', () => settle(true)).once('error', () => settle(false))
  })
}

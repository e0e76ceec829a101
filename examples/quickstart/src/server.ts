import { unlink } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { connect } from 'node:net'
import { invalidRequest, type Reply, replyTo } from './replies.ts'
import type { Call } from './routes.ts'

const LONGEST_BODY = 64 * 1024

/** Serves JSON over HTTP on a unix socket that only this user can open. Rejects when another gateway listens there. */
export async function listen(path: string, answer: (call: Call) => Promise<Reply>): Promise<Server> {
  const server = createServer(async (request, response) => {
    const reply = await read(request).then(answer).catch(replyTo)
    response.writeHead(reply.status, { 'content-type': 'application/json' }).end(`${JSON.stringify(reply.body)}\n`)
  })
  await bind(server, path).catch(async (error: NodeJS.ErrnoException) => {
    // A killed gateway leaves its socket behind; a running one answers on it.
    if (error.code !== 'EADDRINUSE' || (await answers(path))) throw error
    await unlink(path)
    await bind(server, path)
  })
  return server
}

function bind(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    // The socket is created inside this call. A umask that lasted longer would be inherited by the sessions.
    const umask = process.umask(0o177)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
    process.umask(umask)
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

async function read(request: IncomingMessage): Promise<Call> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk
    if (text.length > LONGEST_BODY) throw invalidRequest(`a body may have at most ${LONGEST_BODY} characters`)
  }
  return { method: request.method ?? '', path: request.url ?? '', body: parsed(text) }
}

function parsed(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw invalidRequest('the body is not JSON')
  }
}

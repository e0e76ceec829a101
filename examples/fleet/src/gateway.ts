// One gateway of the fleet. It answers on a unix socket:
//   POST /WORKSPACE   counts a request of the session, which is made if there is none
//   GET /             its pid, its health and its sessions
import { createServer } from 'node:http'
import { join } from 'node:path'
import { createSessionPool } from '@sessionkeep/core'
import { keyvStore } from '@sessionkeep/store-keyv'
import { tmuxHost } from '@sessionkeep/tmux'

const { GATEWAY_ID: id = '', FLEET_DIRECTORY: directory = '', FLEET_STORE: uri = '' } = process.env

// The id names the place and not this run, so that a new process under the same id finds the sessions of the former one.
const pool = createSessionPool({
  host: tmuxHost({ socketPath: join(directory, `${id}.tmux`) }),
  poolId: id,
  metadata: { store: keyvStore({ uri }) },
  resume: { when: 'request', settleMs: 300 },
  launch: () => ({ command: 'sh' }),
})
// What the store does not know yet is joined when it answers, so a Redis that is down does not keep the gateway from starting.
await pool.start()

const server = createServer(async (request, response) => {
  const workspace = request.url?.slice(1) ?? ''
  const [status, answer] = await (request.method === 'POST' ? serve(workspace) : show()).then(
    (body) => [200, body] as const,
    (error: { readonly code?: string }) =>
      [error.code === 'INVALID_WORKSPACE' ? 400 : 503, { code: error.code }] as const,
  )
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
}).listen(join(directory, `${id}.sock`), () => {
  // The router may have ended while the pool started.
  if (process.connected === false) void stop()
  else process.send?.('ready', undefined, undefined, () => undefined) // without the last parameter a failure would be thrown
})

async function serve(workspace: string): Promise<object> {
  await pool.getOrCreateSession(workspace)
  await pool.withRequest(workspace, () => undefined)
  return { gateway: id, session: pool.getSession(workspace) }
}

async function show(): Promise<object> {
  const { status, unsaved } = pool.health()
  const sessions = pool
    .listSessions()
    .map(({ workspace, totalRequests, origin }) => ({ workspace, totalRequests, origin }))
  return { gateway: id, pid: process.pid, status, unsaved, sessions }
}

/** Ends the gateway; its sessions go on. */
async function stop(): Promise<void> {
  server.close()
  await pool.stop()
  // The router keeps its connections open, and its channel to this process, too.
  server.closeAllConnections()
  if (process.connected) process.disconnect()
}
process.once('SIGTERM', stop)
// Without the router nobody could reach this gateway.
process.once('disconnect', stop)

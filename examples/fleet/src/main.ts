// Starts three gateways, keeps them running, and sends each request to the gateway of its workspace:
//   POST /WORKSPACE   one request of that session
//   GET /             the whole fleet
import { mkdirSync } from 'node:fs'
import { request as ask, createServer } from 'node:http'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { gatewayOf } from './choose.ts'
import { keepRunning } from './keep-running.ts'

const IDS = ['gateway-a', 'gateway-b', 'gateway-c']
/** How long a request waits for a gateway that is being started, ms. */
const PATIENCE_MS = 20_000

const directory = resolve(process.env.FLEET_DIRECTORY || 'fleet')
const program = resolve(process.env.FLEET_GATEWAY || fileURLToPath(new URL('./gateway.js', import.meta.url)))
mkdirSync(directory, { recursive: true, mode: 0o700 })
process.env.FLEET_DIRECTORY = directory
process.env.FLEET_STORE ||= 'redis://127.0.0.1:6379'
const fleet = keepRunning(IDS, program, directory)

/** Asks a gateway once it answers. A request that was sent is not sent again: it may have been counted. */
async function forward(id: string, method: string, path: string): Promise<{ status: number; body: string }> {
  const isReady = await Promise.race([
    fleet.ready(id).then(() => true),
    new Promise((done) => setTimeout(done, PATIENCE_MS, false).unref()),
  ])
  if (!isReady) return { status: 503, body: JSON.stringify({ gateway: id, code: 'NOT_READY' }) }
  return new Promise((done) => {
    const failed = () => done({ status: 503, body: JSON.stringify({ gateway: id, code: 'NOT_REACHED' }) })
    ask({ socketPath: join(directory, `${id}.sock`), method, path }, (answer) => {
      text(answer).then((body) => done({ status: answer.statusCode ?? 503, body }), failed)
    })
      .on('error', failed)
      .end()
  })
}

const server = createServer(async (incoming, outgoing) => {
  const { method = 'GET', url = '/' } = incoming
  const { status, body } =
    method === 'POST'
      ? await forward(gatewayOf(url.slice(1), IDS), method, url)
      : {
          status: 200,
          body: `[${(await Promise.all(IDS.map((id) => forward(id, 'GET', '/')))).map((each) => each.body)}]`,
        }
  outgoing.writeHead(status, { 'content-type': 'application/json' }).end(body)
}).listen(Number(process.env.FLEET_PORT || 0), '127.0.0.1', () => {
  const address = server.address()
  console.log(`The fleet is at http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
})

server.once('error', async (error) => {
  console.error(`The fleet cannot be served: ${error.message}`)
  process.exitCode = 1
  await fleet.stop()
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    server.close()
    await fleet.stop()
    server.closeAllConnections()
  })
}

import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** These ports are below those of outgoing connections, which could take the port of a server while a test restarts the server. */
const [FIRST, LAST] = [10_000, 32_000]
const TRIES = 200

/**
 * Returns a free port on 127.0.0.1 for a server that a test starts, perhaps several times. No other test gets this port while
 * this process lives: the process listens on the next port as a sign that this one is taken.
 */
export async function freePort(): Promise<number> {
  for (let at = 0; at < TRIES; at += 1) {
    const port = 2 * randomInt(FIRST / 2, LAST / 2)
    if (!(await keeps(port + 1))) continue
    if (await isFree(port)) return port
  }
  throw new Error(`no free port after ${TRIES} tries between ${FIRST} and ${LAST}`)
}

/** Listens on a port for as long as this process lives; false if something else listens there. */
async function keeps(port: number): Promise<boolean> {
  return (await listening(port)) !== undefined
}

async function isFree(port: number): Promise<boolean> {
  const server = await listening(port)
  if (!server) return false
  server.close()
  await once(server, 'close')
  return true
}

async function listening(port: number) {
  const server = createServer().listen(port, '127.0.0.1').unref()
  try {
    await once(server, 'listening')
    return server
  } catch {
    return undefined
  }
}

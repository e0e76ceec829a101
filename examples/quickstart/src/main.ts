import { loadConfig } from '@sessionkeep/core'
import { createGatewayPool } from './pool.ts'
import { createRoutes } from './routes.ts'
import { listen } from './server.ts'
import { readSettings } from './settings.ts'

const settings = readSettings(process.env)
const pool = createGatewayPool(settings, await loadConfig())

// Attaches the store and finds the sessions of earlier runs; rejects for what can never work, such as a wrong directory.
await pool.start()

/** Lets go of the store; the sessions go on. A second call gets the first one's report. */
async function stop() {
  server.close()
  const report = await pool.stop()
  // Not before the reply to whoever asked for it is out.
  setTimeout(() => server.closeAllConnections(), 100)
  return report
}

const server = await listen(settings.socket, createRoutes(pool, { answerMs: settings.answerMs, stop }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop())

const { effective } = pool.persistence()
console.log(JSON.stringify({ listening: settings.socket, pid: process.pid, ...effective }))

import { loadConfig } from '@sessionkeep/core'
import { createGatewayPool } from './pool.ts'
import { createRoutes } from './routes.ts'
import { listen } from './server.ts'
import { readSettings } from './settings.ts'

async function main(): Promise<void> {
  const settings = readSettings(process.env)
  const pool = createGatewayPool(settings, await loadConfig())

  // Attaches the store and discovers the sessions of earlier runs. Rejects for an error that cannot pass, such as a
  // wrong directory.
  await pool.start()

  /** Stops the pool; the sessions go on. A second call gets the report of the first. */
  async function stop() {
    server.close()
    const report = await pool.stop()
    // The delay lets the reply to the caller of `/stop` be sent first.
    setTimeout(() => server.closeAllConnections(), 100)
    return report
  }

  const server = await listen(settings.socket, createRoutes(pool, { answerMs: settings.answerMs, stop }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop())

  const { effective } = pool.persistence()
  console.log(JSON.stringify({ listening: settings.socket, pid: process.pid, ...effective }))
}

main().catch((error: unknown) => {
  // An error with a code comes from a setting, a disk or a socket, and its message says enough. Any other is a fault of this program.
  console.error(error instanceof Error && 'code' in error ? String(error) : error)
  process.exit(1)
})

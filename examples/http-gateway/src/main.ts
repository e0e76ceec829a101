import { createSessionPool, loadConfig } from '@sessionkeep/core'
import { createHttpApp } from '@sessionkeep/http'
import { serveHttp, serveSocket, tokenFromFile } from '@sessionkeep/http/node'
import { tmuxHost } from '@sessionkeep/tmux'
import { pathsIn, readSettings } from './settings.ts'

async function main(): Promise<void> {
  const settings = readSettings(process.env)
  const paths = pathsIn(settings.directory)

  // Without a configuration file the records are files in the directory of the gateway.
  const { stores, ...config } = await loadConfig()
  const pool = createSessionPool({
    host: tmuxHost(settings.tmux),
    sessionPrefix: 'gate-',
    maxSessions: 250,
    metadata: {
      ...config,
      stores: { file: { directory: paths.records }, lowdb: { file: paths.document }, ...stores },
    },
    launch: () => ({ command: settings.shell, env: { PS1: '$ ' }, cols: 110, rows: 32 }),
  })
  await pool.start()

  // The token stays the same over restarts, so that an open page connects again by itself.
  const http = createHttpApp(pool, { readOnly: settings.readOnly, token: await tokenFromFile(paths.token) })
  const socket = await serveSocket(http, { path: paths.socket })
  // Once the address is printed, everything answers.
  const server = await serveHttp(http, {
    port: settings.port,
    print: (address) => console.log(`The dashboard is at ${address}`),
  })

  /** Ends the gateway; the sessions go on. */
  async function stop(): Promise<void> {
    await Promise.all([server.close(), socket.close()])
    await pool.stop()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop())
}

main().catch((error: unknown) => {
  // An error with a code comes from a setting, a disk or a socket, and its message says enough. Any other is a fault of this program.
  console.error(error instanceof Error && 'code' in error ? String(error) : error)
  process.exit(1)
})

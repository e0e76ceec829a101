import { join } from 'node:path'
import { createSessionPool, loadConfig, type SessionPool } from '@sessionkeep/core'
import { directoryOfPool } from '@sessionkeep/disk'
import { createHttpApp } from '@sessionkeep/http'
import { serveHttp, serveSocket } from '@sessionkeep/http/node'
import { tmuxHost } from '@sessionkeep/tmux'
import { onTestFinished } from 'vitest'
import { directoryWith } from './fixture.ts'

/** A gateway as the documentation shows it, on tmux and files, with its socket beside the records. */
export interface RunningGateway {
  readonly directory: string
  readonly pool: SessionPool
  /** The options that lead to it by HTTP, and the variables with its token. */
  readonly byHttp: { readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv }
}

/** Starts a gateway with a session `docs`. It ends with the test, and so does its tmux server. */
export async function startGateway(
  config: { readonly poolId?: string; readonly [option: string]: unknown } = {},
): Promise<RunningGateway> {
  const directory = directoryWith([], config)
  const metadata = await loadConfig({ cwd: directory })
  const host = tmuxHost({ socketPath: `${directory}/tmux`, configFile: '/dev/null' })
  const pool = createSessionPool({ host, metadata })
  await pool.start()
  await pool.getOrCreateSession('docs', { command: 'sh' })
  const http = createHttpApp(pool, { readOnly: false })
  const place = directoryOfPool(join(directory, 'sessions'), config.poolId)
  const socket = await serveSocket(http, { path: join(place, 'sessionkeep.sock') })
  const server = await serveHttp(http, { print: () => undefined })
  onTestFinished(async () => {
    await socket.close()
    await server.close()
    http.close()
    await pool.terminate()
  })
  const byHttp = { args: ['--url', server.url], env: { SESSIONKEEP_TOKEN: http.token ?? '' } }
  return { directory, pool, byHttp }
}

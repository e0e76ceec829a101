import { keyvStore } from '@sessionkeep/store-keyv'
import { onTestFinished } from 'vitest'
import { program } from '../../packages/store-keyv/test/support/prerequisites.ts'
import { redisServer, redisUri } from '../../packages/store-keyv/test/support/servers.ts'

/** Whether redis-server is installed. */
export const hasRedis = program.redis !== undefined

/** Starts a Redis for one test, which can be frozen. `store` makes a new store on it, as after a restart. */
export async function redis(...settings: readonly string[]) {
  const server = await redisServer(...settings)
  onTestFinished(async () => {
    server.thaw()
    await server.remove()
  })
  await server.start()
  const uri = redisUri(server.port)
  return { server, uri, store: () => keyvStore({ uri, timeoutMs: 30_000 }) }
}

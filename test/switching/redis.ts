import { keyvStore } from '@sessionkeep/store-keyv'
import { onTestFinished } from 'vitest'
import { program } from '../../packages/store-keyv/test/support/prerequisites.ts'
import { redisServer, redisUri } from '../../packages/store-keyv/test/support/servers.ts'

/** Whether there is a Redis to be started. */
export const hasRedis = program.redis !== undefined

/** A Redis of the test's own, which can be frozen, and stores on it: each a new one, as after a restart. */
export async function redis(...settings: readonly string[]) {
  const server = await redisServer(...settings)
  onTestFinished(async () => {
    server.thaw()
    await server.remove()
  })
  await server.start()
  const uri = redisUri(server.port)
  return { server, uri, store: () => keyvStore({ uri }) }
}

import { historySuite } from '@sessionkeep/conformance'
import { fileStore } from '@sessionkeep/store-file'
import { keyvStore } from '@sessionkeep/store-keyv'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { program } from '../../packages/store-keyv/test/support/prerequisites.ts'
import type { Server } from '../../packages/store-keyv/test/support/server.ts'
import { redisServer, redisUri } from '../../packages/store-keyv/test/support/servers.ts'

const hasRedis = program.redis !== undefined
let server: Server | undefined

beforeAll(async () => {
  if (!hasRedis) return
  server = await redisServer()
  await server.start()
})
afterAll(() => server?.remove())

/** A fixed seed, so that a failure is caused by the change under test. SESSIONKEEP_HISTORIES or SESSIONKEEP_SEED runs other histories. */
const SEED = 20_261_122
const { SESSIONKEEP_HISTORIES, SESSIONKEEP_SEED, SESSIONKEEP_PATH } = process.env

const ON_REDIS = { durability: 'process', retains: true, shared: true, lease: true } as const
const runs = {
  ...(SESSIONKEEP_HISTORIES || SESSIONKEEP_PATH ? {} : { runs: 20 }),
  ...(SESSIONKEEP_HISTORIES || SESSIONKEEP_SEED || SESSIONKEEP_PATH ? {} : { seed: SEED }),
}

historySuite({ describe: describe.skipIf(!hasRedis), test, expect }, 'file beside Redis', {
  capabilities: { durability: 'process', retains: true, shared: false },
  create: ({ directory }) => fileStore({ directory }),
  mirror: {
    capabilities: ON_REDIS,
    create: ({ id }) => keyvStore({ uri: redisUri(server?.port ?? 0), namespace: id }),
  },
  ...runs,
})

historySuite({ describe: describe.skipIf(!hasRedis), test, expect }, 'Redis alone, with hand-overs of its lease', {
  capabilities: ON_REDIS,
  create: ({ id }) => keyvStore({ uri: redisUri(server?.port ?? 0), namespace: id }),
  ...runs,
})

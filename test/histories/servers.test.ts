import { historySuite } from '@sessionkeep/conformance'
import type { StoreCapabilities } from '@sessionkeep/core/store'
import { fileStore } from '@sessionkeep/store-file'
import { keyvStore } from '@sessionkeep/store-keyv'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES, type ServerEngine } from '../../packages/store-keyv/test/support/engines.ts'
import { sqliteHome } from '../../packages/store-keyv/test/support/prerequisites.ts'
import type { Server } from '../../packages/store-keyv/test/support/server.ts'
import { postgresServer } from '../../packages/store-keyv/test/support/servers.ts'
import { inSqliteHome } from '../../packages/store-keyv/test/support/sqlite-home.ts'

/** The seed is fixed, so that a failure comes from the change under test. With SESSIONKEEP_HISTORIES or SESSIONKEEP_SEED other histories run. */
const SEED = 20_261_122
const { SESSIONKEEP_HISTORIES, SESSIONKEEP_SEED, SESSIONKEEP_PATH } = process.env
const isCampaign = Boolean(SESSIONKEEP_HISTORIES || SESSIONKEEP_PATH)

const runs = {
  ...(isCampaign ? {} : { runs: 20 }),
  ...(isCampaign || SESSIONKEEP_SEED ? {} : { seed: SEED }),
}

interface Engine extends ServerEngine {
  readonly durability: StoreCapabilities['durability']
}

const REDIS: Engine = { ...ENGINES.redis, durability: 'process' }
// Histories test what the pool does with the answers of a store. Redis is enough for that in the short form.
const OTHERS: readonly Engine[] = [
  { ...ENGINES.postgres, make: () => postgresServer('-c', 'fsync=off'), durability: 'process' },
  { ...ENGINES.etcd, durability: 'power' },
]

for (const { name, isThere, make, uri, durability } of [REDIS, ...(isCampaign ? OTHERS : [])]) {
  let server: Server | undefined
  const runner = { describe: describe.skipIf(!isThere), test, expect }
  const capabilities = { durability, retains: true, shared: true, lease: true } as const
  const create = ({ id }: { readonly id: string }) => keyvStore({ uri: uri(server?.port ?? 0), namespace: id })

  beforeAll(async () => {
    if (!isThere) return
    server = await make()
    await server.start()
  })
  afterAll(() => server?.remove())

  historySuite(runner, `file beside ${name}`, {
    capabilities: { durability: 'process', retains: true, shared: false },
    create: ({ directory }) => fileStore({ directory }),
    mirror: { capabilities, create },
    ...runs,
  })
  historySuite(runner, `${name} alone, with hand-overs of its lease`, { capabilities, create, ...runs })
}

if (isCampaign) {
  inSqliteHome()
  historySuite({ describe: describe.skipIf(!sqliteHome), test, expect }, 'SQLite alone, with hand-overs of its lock', {
    capabilities: { durability: 'power', retains: true, shared: false },
    create: ({ directory }) => keyvStore({ uri: `sqlite://${directory}/sessions.db` }),
    ...runs,
  })
}

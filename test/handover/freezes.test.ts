import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { program, sqliteHome } from '../../packages/store-keyv/test/support/prerequisites.ts'
import type { Server } from '../../packages/store-keyv/test/support/server.ts'
import {
  etcdServer,
  etcdUri,
  postgresServer,
  postgresUri,
  redisServer,
  redisUri,
} from '../../packages/store-keyv/test/support/servers.ts'
import { privateServer } from '../../packages/tmux/test/support/private-server.ts'
import { built } from '../support/built.ts'
import { type FreezeOptions, freezes } from './freezes.ts'

const gateway = built(fileURLToPath(new URL('./frozen-gateway.mjs', import.meta.url)))
/** `npm run campaign:freeze` sets larger numbers, and runs all servers. The short form has one, since it mostly waits. */
const { SESSIONKEEP_FREEZES } = process.env
const wanted = Number(SESSIONKEEP_FREEZES ?? 1)
const freezeMs = Number(process.env.SESSIONKEEP_FREEZE_MS ?? 1500)
const leaseMs = freezeMs > 20_000 ? 15_000 : 1000
const timeout = 120_000 + freezeMs + wanted * 20_000

async function neverLoses(options: Pick<FreezeOptions, 'uri' | 'cwd' | 'takesOver'>): Promise<void> {
  const { socketPath } = privateServer()
  const result = await freezes({ program: gateway, socketPath, wanted, freezeMs, leaseMs, ...options })
  const some = expect.any(Number)
  expect(result).toEqual({ done: wanted, acknowledged: some, refused: some, requests: some, moved: some, faults: [] })
  if (wanted > 1) console.log(JSON.stringify(result))
}

async function onServer(make: () => Promise<Server>, uriOf: (port: number) => string): Promise<void> {
  const server = await make()
  onTestFinished(() => server.remove())
  await server.start()
  await neverLoses({ uri: uriOf(server.port), takesOver: true })
}

describe('a holder that is frozen and continues while another gateway has taken over writes nothing, and nothing acknowledged or counted is lost', () => {
  test.skipIf(!program.redis)('on Redis (needs redis-server)', () => onServer(() => redisServer(), redisUri), timeout)
  if (SESSIONKEEP_FREEZES === undefined) return
  test.skipIf(!program.postgres)(
    'on Postgres (needs postgresql)',
    () => onServer(() => postgresServer(), postgresUri),
    timeout,
  )
  test.skipIf(!program.etcd)('on etcd (needs etcd-server)', () => onServer(etcdServer, etcdUri), timeout)
  test.skipIf(!sqliteHome)(
    'on SQLite, where nobody takes over before the frozen holder has ended (needs sqlite3)',
    async () => {
      const directory = mkdtempSync(join(tmpdir(), 'freezes-'))
      onTestFinished(() => rmSync(directory, { recursive: true }))
      await neverLoses({ uri: `sqlite://${directory}/{owner}.db`, cwd: sqliteHome, takesOver: false })
    },
    timeout,
  )
})

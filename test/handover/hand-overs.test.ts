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
import { built } from '../support/built.ts'
import { handOvers } from './hand-overs.ts'

const writer = built(fileURLToPath(new URL('./writer-process.mjs', import.meta.url)))
/** `npm run campaign:handover` sets a larger number. */
const wanted = Number(process.env.SESSIONKEEP_HANDOVERS ?? 6)
const timeout = 60_000 + wanted * 10_000

const never = (result: { done: number; acknowledged: number; faults: readonly string[] }) => {
  expect(result).toEqual({ done: wanted, acknowledged: expect.any(Number), faults: [] })
  expect(result.acknowledged).toBeGreaterThan(wanted)
  if (wanted > 6) console.log(`${result.done} hand-overs, ${result.acknowledged} acknowledged writes`)
}

async function onServer(make: () => Promise<Server>, uriOf: (port: number) => string): Promise<void> {
  const server = await make()
  onTestFinished(() => server.remove())
  await server.start()
  never(await handOvers({ program: writer, uri: uriOf(server.port), namespace: 'handover', wanted, stops: true }))
}

describe('a writer that is stopped or killed at random moments never writes beside its successor, and no acknowledged write is lost', () => {
  test.skipIf(!program.redis)('on Redis (needs redis-server)', () => onServer(() => redisServer(), redisUri), timeout)
  test.skipIf(!program.postgres)(
    'on Postgres (needs postgresql)',
    () => onServer(() => postgresServer(), postgresUri),
    timeout,
  )
  test.skipIf(!program.etcd)('on etcd (needs etcd-server)', () => onServer(etcdServer, etcdUri), timeout)
  test.skipIf(!sqliteHome)(
    'on SQLite, where the lock stays with a process that is stopped (needs sqlite3)',
    async () => {
      const directory = mkdtempSync(join(tmpdir(), 'handover-'))
      onTestFinished(() => rmSync(directory, { recursive: true }))
      const uri = `sqlite://${directory}/sessions.db`
      never(await handOvers({ program: writer, uri, namespace: 'handover', wanted, cwd: sqliteHome, stops: false }))
    },
    timeout,
  )
})

import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { built } from '../support/built.ts'
import { type Engine, etcd, postgres, redis, sqlite } from './engines.ts'
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

async function neverBeside({ make }: Engine): Promise<void> {
  const { uri, cwd, takesOver } = await make()
  const place = { uri: uri.replace('{owner}', 'sessions'), namespace: 'handover', cwd, stops: takesOver }
  never(await handOvers({ program: writer, wanted, ...place }))
}

describe('a writer that is stopped or killed at random moments never writes beside its successor, and no acknowledged write is lost', () => {
  test.skipIf(!redis.isThere)('on Redis (needs redis-server)', () => neverBeside(redis), timeout)
  test.skipIf(!postgres.isThere)('on Postgres (needs postgresql)', () => neverBeside(postgres), timeout)
  test.skipIf(!etcd.isThere)('on etcd (needs etcd-server)', () => neverBeside(etcd), timeout)
  test.skipIf(!sqlite.isThere)(
    'on SQLite, where the lock stays with a process that is stopped (needs sqlite3)',
    () => neverBeside(sqlite),
    timeout,
  )
})

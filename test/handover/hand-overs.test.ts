import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { built } from '../support/built.ts'
import { type Engine, etcd, postgres, redis, sqlite } from './engines.ts'
import { handOvers } from './hand-overs.ts'

const writer = built(fileURLToPath(new URL('./writer-process.mjs', import.meta.url)))
/** `npm run campaign:handover` sets a larger number. */
const wanted = Number(process.env.SESSIONKEEP_HANDOVERS ?? 6)
/** How many groups of writers hand over at the same time, because most of the time is spent in waiting. */
const lanes = Number(process.env.SESSIONKEEP_LANES ?? 1)
const timeout = 60_000 + wanted * 10_000

async function neverBeside({ make }: Engine): Promise<void> {
  const { uri, cwd, takesOver } = await make()
  const ofLane = (lane: number) =>
    handOvers({
      ...{ program: writer, wanted: Math.ceil(wanted / lanes), cwd, stops: takesOver },
      ...{ uri: uri.replace('{owner}', `lane-${lane}`), namespace: `handover-${lane}` },
    })
  const results = await Promise.all(Array.from({ length: lanes }, (_, lane) => ofLane(lane)))
  const sum = (of: 'done' | 'acknowledged') => results.reduce((total, result) => total + result[of], 0)
  expect(results.flatMap(({ faults }) => faults)).toEqual([])
  expect(sum('done')).toBeGreaterThanOrEqual(wanted)
  expect(sum('acknowledged')).toBeGreaterThan(wanted)
  if (wanted > 6) console.log(`${sum('done')} hand-overs, ${sum('acknowledged')} acknowledged writes`)
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

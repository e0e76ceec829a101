import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { privateServer } from '../../packages/tmux/test/support/private-server.ts'
import { built } from '../support/built.ts'
import { type Engine, etcd, postgres, redis, type SharedStore, sqlite } from './engines.ts'
import { freezes } from './freezes.ts'

const gateway = built(fileURLToPath(new URL('./frozen-gateway.mjs', import.meta.url)))
/** `npm run campaign:freeze` sets larger numbers, and runs all engines. */
const { SESSIONKEEP_FREEZES } = process.env
const wanted = Number(SESSIONKEEP_FREEZES ?? 1)
const freezeMs = Number(process.env.SESSIONKEEP_FREEZE_MS ?? 1500)
const leaseMs = freezeMs > 20_000 ? 15_000 : 1000
const timeout = 120_000 + freezeMs + wanted * 20_000

async function neverLoses(store: SharedStore, holders = wanted, ms = freezeMs): Promise<void> {
  const { socketPath } = privateServer()
  const result = await freezes({ program: gateway, socketPath, wanted: holders, freezeMs: ms, leaseMs, ...store })
  const some = expect.any(Number)
  expect(result).toEqual({ done: holders, acknowledged: some, refused: some, requests: some, moved: some, faults: [] })
  if (holders > 1) console.log(JSON.stringify(result))
}

describe('a holder that is frozen and continues while another gateway has taken over writes nothing, and nothing acknowledged or counted is lost', () => {
  const on = (engine: Engine) => async () => neverLoses(await engine.make())
  test.skipIf(!redis.isThere)('on Redis (needs redis-server)', on(redis), timeout)
  // The short form has one engine, because nearly all of its time is spent in waiting.
  if (SESSIONKEEP_FREEZES === undefined) return
  test.skipIf(!postgres.isThere)('on Postgres (needs postgresql)', on(postgres), timeout)
  test.skipIf(!etcd.isThere)('on etcd (needs etcd-server)', on(etcd), timeout)
  test.skipIf(!sqlite.isThere)(
    'on SQLite, where nobody takes over before the frozen holder has ended (needs sqlite3)',
    on(sqlite),
    timeout,
  )
  // A gateway that is frozen during a write keeps all others from using the file until it continues, so the freeze is short.
  test.skipIf(!sqlite.isThere)(
    'on SQLite, in one file for all owners (needs sqlite3)',
    async () => {
      const { uri, ...rest } = await sqlite.make()
      await neverLoses({ ...rest, uri: uri.replace('{owner}', 'sessions') }, wanted, Math.min(freezeMs, 1000))
    },
    timeout,
  )
})

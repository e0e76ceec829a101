import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MetadataStore, SessionPool } from '../../../src/index.ts'
import { memoryHost } from '../../../src/testing.ts'
import { heldStore } from '../../support/held-store.ts'
import { count, stored } from '../../support/one-session.ts'
import { makePool } from '../../support/pools.ts'
import { clock, sleep, until } from '../../support/time.ts'

const totalOf = (pool: SessionPool<Record<string, unknown>>) => pool.getSession('a')?.totalRequests

/** Pools of one name on one host and one store, which all of them detach. Each is another run of the gateway. */
async function runsOn(shared: boolean, runs: number) {
  const host = memoryHost({ clock })
  host.control.add('claude-a')
  const held = heldStore()
  const store = { ...held.store, capabilities: { ...held.store.capabilities, shared } }
  const pools = []
  for (let at = 0; at < runs; at += 1) {
    const { pool } = makePool({ host, metadata: { store, callTimeoutMs: 5000, saveTimeoutMs: 5000 } })
    await pool.start()
    await leave(pool, held)
    pools.push(pool)
  }
  return { host, held, store, pools }
}

/** Waits until the store that a call at run time detached is closed in the background. */
async function leave(pool: SessionPool<Record<string, unknown>>, held: ReturnType<typeof heldStore>): Promise<void> {
  await pool.rollback()
  await until(() => expect(held.isOpen()).toBe(false))
}

test.each([
  ['one store', false],
  ['one shared store', true],
])('two runs that use %s alternately count no request twice', async (_, shared) => {
  const { held, pools } = await runsOn(shared, 2)
  const [x, y] = pools
  if (!x || !y) throw new Error('there are two')
  await x.switchStore('auto')
  count(x, 5)
  await x.saveSessionMetadata('a')
  await leave(x, held)
  await y.switchStore('auto')
  expect(totalOf(y)).toBe(5)
  count(y, 10)
  await y.saveSessionMetadata('a')
  await leave(y, held)
  await x.switchStore('auto')
  expect(totalOf(x)).toBe(15)
  await x.saveSessionMetadata('a')
  expect(await stored(held)).toBe(15)
})

const turn = fc.record({
  run: fc.nat(2),
  /** The requests while the store is attached, and those after it was detached, which are not stored yet. */
  attached: fc.nat(4),
  away: fc.nat(4),
})

test('runs that use one store alternately count every request once, also those that were not stored', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 8 }), async (turns) => {
      const { held, pools } = await runsOn(false, 3)
      let made = 0
      const unsaved = [0, 0, 0]
      for (const { run, attached, away } of turns) {
        const pool = pools[run]
        if (!pool) continue
        await pool.switchStore('auto')
        count(pool, attached)
        made += attached
        await pool.saveSessionMetadata('a')
        unsaved[run] = 0
        const owed = unsaved.reduce((sum, requests) => sum + requests, 0)
        expect(totalOf(pool)).toBe(made - owed)
        expect(await stored(held)).toBe(made - owed)
        await leave(pool, held)
        count(pool, away)
        made += away
        unsaved[run] = away
      }
      await Promise.all(pools.map((pool) => pool.stop()))
    }),
    { numRuns: 15, seed: 18 },
  )
})

test.each([
  ['below the five of this run is right, and the five are added to it', { totalRequests: 2 }, 7],
  ['above the five of this run has them in it', { totalRequests: 9, revision: 1 }, 9],
])('a total that was edited by hand while the store was away, and is %s', async (_, fields, total) => {
  const { host, held, pools } = await runsOn(false, 1)
  const [x] = pools
  if (!x) throw new Error('there is one')
  await x.switchStore('auto')
  count(x, 5)
  await x.saveSessionMetadata('a')
  await leave(x, held)
  const { incarnation } = (await host.list())[0] ?? {}
  const last = (await held.stored()).get('claude-a')
  await held.overwrite({ ...last, incarnation, run: 'y', revision: 1000, ...fields })
  await held.store.close?.()
  await x.switchStore('auto')
  expect(totalOf(x)).toBe(total)
})

test.each([
  [2, 3],
  [0, 5],
])(
  'after another run has gone on from a mirror with %s of four requests, the next run and the first one count all requests of both',
  async (had, others) => {
    const host = memoryHost({ clock })
    host.control.add('claude-a')
    const [ahead, behind] = [heldStore(), heldStore()]
    const poolOn = async (store: MetadataStore, ...mirror: MetadataStore[]) => {
      const { pool } = makePool({ host, metadata: { store, mirror, saveTimeoutMs: 5000 } })
      await pool.start()
      return pool
    }
    if (had === 0) behind.fail('setMany')
    const first = await poolOn(ahead.store, behind.store)
    if (had > 0) {
      count(first, had)
      await first.saveSessionMetadata('a')
      await until(async () => expect(await stored(behind)).toBe(had))
    }
    behind.fail('setMany')
    count(first, 4 - had)
    await first.saveSessionMetadata('a')
    expect(await stored(ahead)).toBe(4)
    await first.rollback()
    await until(() => expect([ahead.isOpen(), behind.isOpen()]).toEqual([false, false]))
    behind.mend()

    // The second run knows only the record of the mirror. The third run reads both stores, and each has requests that the other lacks.
    const second = await poolOn(behind.store)
    count(second, others)
    await second.saveSessionMetadata('a')
    await second.stop()
    const third = await poolOn(ahead.store, behind.store)
    await until(async () => expect(await stored(ahead)).toBe(4 + others))
    await third.stop()

    await first.switchStore(ahead.store)
    expect(first.getSession('a')?.totalRequests).toBe(4 + others)
  },
)

test.each([
  ['as the first discovery pass finds', 1],
  ['as a later pass finds, because the first began when the session was last seen alive', 0],
])(
  'the last record of a session that ended while its store was detached, %s, counts each request once',
  async (_, ms) => {
    const host = memoryHost({ clock })
    host.control.add('claude-a')
    const held = heldStore()
    const { pool } = makePool({
      host,
      metadata: { store: held.store, saveTimeoutMs: 5000, callTimeoutMs: 5000 },
    })
    await pool.start()
    count(pool, 4)
    await pool.saveSessionMetadata('a')
    await pool.rollback()
    await until(() => expect(held.isOpen()).toBe(false))
    const last = (await held.stored()).get('claude-a')
    // Another run continued from that record.
    await held.overwrite({ ...last, run: 'other', revision: 1000, totalRequests: 7 })
    await held.store.close?.()
    count(pool, 1)
    await sleep(ms)
    host.control.exit('claude-a')
    await pool.switchStore(held.store)
    await until(async () =>
      expect((await held.stored()).get('claude-a')).toMatchObject({ expiresAt: expect.any(Number) }),
    )
    expect(await stored(held)).toBe(8)
  },
)

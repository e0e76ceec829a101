import { expect, test } from 'vitest'
import { memoryStore } from '../../../src/index.ts'
import { memoryHost } from '../../../src/testing.ts'
import { fill, heldStore, record } from '../../support/held-store.ts'
import { count, poolOn, stored } from '../../support/one-session.ts'
import { makePool } from '../../support/pools.ts'
import { clock, until } from '../../support/time.ts'

test('makes another store active with every living session, and keeps the configured one up to date', async () => {
  const [first, second] = [heldStore(), heldStore()]
  const { pool, log } = await poolOn(first.store, 3)
  const told: unknown[] = []
  pool.on('store:switched', (event) => told.push(event))
  const report = await pool.switchStore(second.store, { reason: 'trying it' })
  expect(report).toMatchObject({ from: ['held'], to: ['held#2', 'held'], changed: true, epoch: 1, detached: [] })
  expect(await stored(second)).toBe(3)
  count(pool, 2)
  await until(async () => expect([await stored(first), await stored(second)]).toEqual([5, 5]))
  expect(pool.persistence()).toMatchObject({
    desired: { store: 'held', layer: 'runtime', reason: 'trying it' },
    effective: { stores: ['held#2', 'held'], reason: 'ok', epoch: 1 },
    stores: [
      { store: 'held#2', role: 'primary', active: true, state: 'attached' },
      { store: 'held', role: 'standby', active: true, state: 'attached' },
    ],
    afterRestart: { layer: 'config' },
  })
  expect(told).toEqual([{ from: ['held'], to: ['held#2', 'held'], layer: 'runtime', reason: 'trying it', epoch: 1 }])
  expect(log.with('Store switched')).toHaveLength(1)
})

test('masks a password in the reason, in the status, the event and the log', async () => {
  const { pool, log } = await poolOn(heldStore().store, 1)
  const told: unknown[] = []
  pool.on('store:switched', (event) => told.push(event))
  const reason = "redis://u:hunter2@h refuses; password: 'hunter2', Bearer hunter2"
  await pool.switchStore(heldStore().store, { reason })
  const shown = () => JSON.stringify([pool.persistence(), pool.explain(), pool.status(), told, log.lines])
  expect(shown()).toContain('***@h refuses')
  expect(shown()).not.toContain('hunter2')
  await pool.rollback({ reason })
  expect(shown()).not.toContain('hunter2')
})

test('merges the records of the new store: the larger count, and the requests since', async () => {
  const [config, known] = [memoryStore(), heldStore()]
  const { pool, host } = await poolOn(config)
  const { incarnation } = (await host.list())[0] ?? {}
  await fill(known.store, [record('claude-a', { totalRequests: 100, incarnation, revision: 50 })])
  count(pool, 3)
  await pool.switchStore(known.store)
  expect(pool.getSession('a')).toMatchObject({ totalRequests: 103 })
  const now = (await known.stored()).get('claude-a')
  expect(now?.totalRequests).toBe(103)
  expect(now?.revision).toBeGreaterThan(50)
})

test('does not count its own requests twice when it returns to a store', async () => {
  const [first, second] = [heldStore(), heldStore()]
  const { pool } = await poolOn(first.store, 3)
  await pool.switchStore(second.store)
  await pool.rollback()
  count(pool, 2)
  await pool.switchStore('auto')
  count(pool, 1)
  await pool.switchStore(second.store)
  await pool.switchStore('auto')
  expect(pool.getSession('a')).toMatchObject({ totalRequests: 6, verified: true, saved: true })
  expect(await stored(first)).toBe(6)
  expect(await stored(second)).toBe(6)
})

test('keeps the records in the detached store, and no longer writes there', async () => {
  const [first, second] = [heldStore(), heldStore()]
  const { pool } = await poolOn(memoryStore(), 1)
  await pool.switchStore(first.store)
  count(pool, 1)
  const { detached } = await pool.switchStore(second.store)
  expect(detached).toEqual([{ store: 'held', unsaved: 0 }])
  count(pool, 1)
  await pool.saveSessionMetadata('a')
  expect([await stored(first), await stored(second)]).toEqual([2, 3])
  expect(first.isOpen()).toBe(false)
})

test('to the stores that are active changes nothing', async () => {
  const first = heldStore()
  const { pool } = await poolOn(first.store, 1)
  const before = first.log.filter((call) => call === 'open').length
  expect(await pool.switchStore(first.store)).toMatchObject({ changed: false, epoch: 0 })
  expect(first.log.filter((call) => call === 'open')).toHaveLength(before)
})

test('concurrent switches run one after the other, and the last one is active', async () => {
  const [first, second, third] = [heldStore(), heldStore(), heldStore()]
  const { pool } = await poolOn(first.store, 1)
  const reports = await Promise.all([
    pool.switchStore(second.store),
    pool.switchStore({ store: third.store, mirror: [second.store] }),
    pool.switchStore('memory'),
    pool.switchStore(third.store),
  ])
  expect(reports.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4])
  expect(pool.persistence().stores.map(({ role }) => role)).toEqual(['primary', 'standby'])
  expect([await stored(first), await stored(third)]).toEqual([1, 1])
})

test('a mirror becomes the primary and the former primary is detached, without losing a request', async () => {
  const [first, second] = [heldStore(), heldStore()]
  const host = memoryHost({ clock })
  const { pool } = makePool({ host, metadata: { store: 'memory' } })
  await pool.start()
  await pool.getOrCreateSession('a')
  for (const selection of [
    first.store,
    { store: first.store, mirror: [second.store] },
    { store: second.store, mirror: [first.store] },
    second.store,
  ]) {
    count(pool, 1)
    await pool.switchStore(selection)
  }
  expect(await stored(second)).toBe(4)
  expect(await stored(first)).toBe(4)
  expect(first.isOpen()).toBe(false)
})

test('a save that was acknowledged during a backfill is in the new store', async () => {
  const [first, second] = [heldStore(), heldStore()]
  const { pool } = await poolOn('memory', 1)
  await pool.switchStore(first.store)
  // The first write is the probe, the second is the backfill.
  second.holdBefore('setMany').release()
  const filling = second.holdAfter('setMany')
  filling.release()
  const held = second.holdBefore('setMany')
  const switching = pool.switchStore(second.store)
  await held.reached
  count(pool, 1)
  const saving = pool.saveSessionMetadata('a')
  held.release()
  await saving
  expect(await stored(second)).toBe(2)
  await switching
})

test('a session deleted while the new store is being read leaves no record there', async () => {
  const [first, second] = [heldStore(), heldStore()]
  const { pool, host } = await poolOn(first.store, 1)
  const { incarnation } = (await host.list())[0] ?? {}
  await fill(second.store, [record('claude-a', { incarnation })])
  const held = second.holdAfter('getMany')
  held.release()
  const reading = second.holdBefore('getMany')
  const switching = pool.switchStore(second.store)
  await reading.reached
  await pool.deleteSession('a')
  reading.release()
  await switching
  await until(async () => expect((await second.stored()).size).toBe(0))
})

test('of two totals without counts by run, the larger one is kept', async () => {
  const host = memoryHost({ clock })
  const { incarnation } = await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  const [first, second] = [heldStore(), heldStore()]
  await fill(first.store, [record('claude-a', { incarnation, totalRequests: 150, revision: 9, run: 'x' })])
  await fill(second.store, [record('claude-a', { incarnation, totalRequests: 120, revision: 20, run: 'y' })])
  const { pool } = makePool({ host, metadata: { store: first.store } })
  await pool.start()
  await pool.switchStore({ store: first.store, mirror: [second.store] })
  expect(pool.getSession('a')?.totalRequests).toBe(150)
})

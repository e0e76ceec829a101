import { expect, test } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { away, has, NAME, setting, withDocs, withLate } from '../support/deletions.ts'
import { fill, heldStore, record, silentLogger } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep, until } from '../support/time.ts'

test('forgetEnded() of a record that only one healthy store has leaves nothing', async () => {
  const { stores, gateway } = await setting()
  await fill(stores[0].store, [record(NAME, { incarnation: 'x' })])
  const pool = await gateway()
  await until(() => expect(pool.listEnded()).toHaveLength(1))
  expect(await pool.forgetEnded({ workspace: 'docs' })).toEqual(['docs'])
  for (const store of stores) await until(async () => expect(await has(store)).toBe(false), 3000)
})

test.each([
  [0, 1],
  [1, 0],
] as const)('a deletion counts although store %i, which was away then, answers first', async (gone, there) => {
  const all = await withDocs()
  const { host, stores, pool } = all
  away(stores[gone])
  await pool.deleteSession('docs')
  await pool.stop({ timeoutMs: 100 })
  host.control.reboot()
  stores[gone].mend()
  const second = await withLate(all, there)
  await sleep(500)
  expect.soft((await second.planResume()).resume).toEqual([])
  expect.soft(second.listEnded()).toEqual([])
  await sleep(3000)
  expect.soft((await second.planResume()).resume).toEqual([])
  for (const store of stores) expect.soft(await has(store)).toBe(false)
})

test.each([
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const)(
  'a renamed session, deleted while store %i was away, does not come back if store %i answers last',
  async (gone, late) => {
    const all = await withDocs()
    const { host, stores, pool } = all
    away(stores[gone])
    host.control.rename(NAME, 'other')
    await until(() => expect(pool.getSession('docs')?.sessionName).toBe('other'))
    await sleep(200)
    await pool.deleteSession('docs')
    await pool.stop({ timeoutMs: 100 })
    host.control.reboot()
    stores[gone].mend()
    const second = await withLate(all, late)
    await sleep(500)
    expect.soft((await second.planResume()).resume).toEqual([])
    expect.soft(second.listEnded()).toEqual([])
    await sleep(3000)
    expect.soft((await second.planResume()).resume).toEqual([])
    for (const store of stores) expect.soft([...(await store.stored()).keys()]).toEqual([])
  },
)

test.each([
  [0, 1],
  [1, 0],
] as const)(
  'no record stays after a mirror that was away is taken out, or everything is turned off and on (%i)',
  async (gone, there) => {
    const { host, stores, pool } = await withDocs()
    away(stores[gone])
    await pool.deleteSession('docs')
    await pool.rollback()
    await sleep(500)
    stores[gone].mend()
    const metadata = { store: stores[there].store }
    const { pool: next } = makePool({ host, metadata })
    await pool.stop({ timeoutMs: 100 })
    await next.start()
    await until(async () => expect(await has(stores[there])).toBe(false), 3000)
  },
)

test.each([0, 1] as const)('stop() while store %i comes back leaves nothing that a later pool keeps', async (gone) => {
  const { stores, pool, gateway } = await withDocs()
  away(stores[gone])
  await pool.deleteSession('docs')
  stores[gone].mend()
  expect((await pool.stop({ timeoutMs: 200 })).unsaved).toEqual([])
  const next = await gateway()
  for (const store of stores) await until(async () => expect(await has(store)).toBe(false), 3000)
  expect(next.listEnded()).toEqual([])
})

test.each(['there', 'gone'] as const)(
  'a store that comes back empty does not keep a record for ever (%s)',
  async (which) => {
    const host = memoryHost({ clock })
    const inner = [memoryStore(), memoryStore()] as const
    const stores = [heldStore(inner[0]), heldStore(inner[1])] as const
    const metadata = { store: stores[0].store, mirror: [stores[1].store], maxRetryMs: 50 }
    const { pool } = makePool({ host, metadata })
    await pool.start()
    await pool.getOrCreateSession('docs')
    await pool.saveSessionMetadata('docs')
    away(stores[1])
    await pool.deleteSession('docs')
    const emptied = which === 'there' ? 0 : 1
    if (which === 'there') {
      away(stores[0])
      await pool.discoverExistingSessions()
      await pool.getOrCreateSession('other')
      await until(() => expect(pool.persistence().stores[0]?.state).toBe('degraded'))
    }
    await inner[emptied].open?.({ signal: new AbortController().signal, logger: silentLogger })
    await inner[emptied].deleteMany([NAME], { signal: new AbortController().signal })
    for (const store of stores) store.mend()
    for (const store of stores) await until(async () => expect(await has(store)).toBe(false), 5000)
    await until(() => expect(pool.persistence().stores).toMatchObject([{ dirty: 0 }, { dirty: 0 }]), 5000)
  },
)

test('a name that is used again at once leaves no record of the former session, and the new one is in both stores', async () => {
  const { stores, pool } = await withDocs()
  away(stores[1])
  await pool.deleteSession('docs')
  const { incarnation } = await pool.getOrCreateSession('docs')
  await sleep(200)
  stores[1].mend()
  for (const store of stores)
    await until(async () => {
      const stored = (await store.stored()).get(NAME)
      expect(stored).toMatchObject({ incarnation })
      expect(stored).not.toHaveProperty('ended')
    })
})

test('a record of a newer release under the name in the other store is left alone, and no record stays', async () => {
  const all = await withDocs()
  const { stores, pool } = all
  away(stores[1])
  await pool.deleteSession('docs')
  await stores[1].overwrite(record(NAME, { schemaVersion: 99 }))
  stores[1].mend()
  await until(async () => expect(await has(stores[0])).toBe(false), 5000)
  expect((await stores[1].stored()).get(NAME)).toMatchObject({ schemaVersion: 99 })
})

test('an idle session that was ended while a store was away does not come back', async () => {
  const { host, stores, pool, gateway } = await withDocs(2, {
    inactivityTimeoutMs: 50,
    cleanupIntervalMs: 1_000_000,
    resume: undefined,
  })
  away(stores[1])
  await sleep(200)
  expect((await pool.reapNow()).ended).toEqual(['docs'])
  await pool.stop({ timeoutMs: 100 })
  host.control.reboot()
  stores[1].mend()
  const second = await gateway()
  expect.soft(second.listEnded()).toEqual([])
  for (const store of stores) await until(async () => expect(await has(store)).toBe(false), 3000)
})

test('with both stores there, deleting makes one set and one deletion in each', async () => {
  const { stores, pool } = await withDocs()
  const before = stores.map(({ log }) => log.length)
  await pool.deleteSession('docs')
  await sleep(200)
  for (const [at, { log }] of stores.slice(0, 2).entries())
    expect(log.slice(before[at]).filter((call) => call !== 'getMany')).toEqual(['setMany', 'deleteMany'])
})

test('lost sessions that were forgotten while a store was away are forgotten once, and leave no record', async () => {
  const { host, stores, pool, gateway } = await withDocs()
  host.control.reboot()
  await until(() => expect(pool.listEnded()).toHaveLength(1))
  await sleep(100)
  away(stores[1])
  expect(await pool.forgetEnded()).toEqual(['docs'])
  expect(await pool.forgetEnded()).toEqual([])
  expect(pool.listEnded()).toEqual([])
  await pool.stop({ timeoutMs: 100 })
  const second = await gateway()
  expect.soft(await second.forgetEnded()).toEqual([])
  stores[1].mend()
  for (const store of stores) await until(async () => expect(await has(store)).toBe(false), 3000)
})

test('a session that was terminated while a store was away does not come back', async () => {
  const { stores, pool, gateway } = await withDocs()
  away(stores[1])
  const report = await pool.terminate({ timeoutMs: 100 })
  expect(report).toMatchObject({ terminated: ['docs'], unsaved: [] })
  expect((await stores[0].stored()).get(NAME)).toMatchObject({ ended: { cause: 'terminated' } })
  stores[1].mend()
  const second = await gateway()
  expect.soft((await second.planResume()).resume).toEqual([])
  expect.soft(second.listEnded()).toEqual([])
  for (const store of stores) await until(async () => expect(await has(store)).toBe(false), 3000)
})

test('a switch away from the store that remembers, and back, keeps the deletion', async () => {
  const { host, stores, pool, gateway } = await withDocs(3)
  away(stores[2])
  await pool.deleteSession('docs')
  await pool.stop({ timeoutMs: 100 })
  const { pool: other } = makePool({ host, metadata: { store: stores[1].store } })
  await other.start()
  await until(async () => expect(await has(stores[1])).toBe(false), 3000)
  await other.stop({ timeoutMs: 100 })
  host.control.reboot()
  stores[2].mend()
  const third = await gateway()
  expect.soft((await third.planResume()).resume).toEqual([])
  for (const store of stores) await until(async () => expect(await has(store)).toBe(false), 3000)
})

test('forgetEnded() of a lost session does not touch the record of a later one in the other store', async () => {
  const { stores, gateway } = await setting()
  await fill(stores[0].store, [record(NAME, { incarnation: 'x', lastActivityAt: 2000 })])
  await fill(stores[1].store, [record(NAME, { incarnation: 'y', createdAt: 3000, lastActivityAt: 4000, run: 'later' })])
  const pool = await gateway()
  await sleep(500)
  await pool.forgetEnded({ before: 3000 })
  await sleep(3000)
  expect.soft((await stores[1].stored()).get(NAME)).toMatchObject({ incarnation: 'y' })
  expect.soft(pool.listEnded()).toMatchObject([{ incarnation: 'y' }])
})

test.each([
  [0, 1],
  [1, 0],
] as const)(
  'an observer does not list a deleted session although store %i, which was away then, answers first',
  async (gone, there) => {
    const { host, stores, pool, gateway } = await withDocs()
    away(stores[gone])
    await pool.deleteSession('docs')
    await pool.stop({ timeoutMs: 100 })
    host.control.reboot()
    stores[gone].mend()
    const held = stores[there].holdBefore('getMany')
    const starting = gateway(() => undefined, { role: 'observer' })
    await held.reached
    await sleep(40)
    held.release()
    const observer = await starting
    await sleep(500)
    await observer.discoverExistingSessions()
    expect.soft(observer.listEnded()).toEqual([])
    expect.soft((await observer.planResume()).resume).toEqual([])
  },
)

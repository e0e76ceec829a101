import { expect, test } from 'vitest'
import { type MetadataStore, memoryStore, StoreError } from '../../src/index.ts'
import { StoreBatchError } from '../../src/store.ts'
import { memoryHost } from '../../src/testing.ts'
import { away, type Held, has, NAME, setting, withDocs } from '../support/deletions.ts'
import { fill, heldStore, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep, until } from '../support/time.ts'

const sets = (store: Held) => store.log.filter((call) => call === 'setMany').length

test('two of three stores do not write the record of a deletion again and again while the third is away', async () => {
  const { stores, pool } = await withDocs(3)
  away(stores[2])
  await pool.deleteSession('docs')
  await sleep(200)
  const before = stores.map(sets)
  await sleep(2000)
  expect(stores.map(sets)).toEqual(before)
})

test.each([
  [0, 1],
  [1, 0],
] as const)(
  'an earlier session of a reused name, deleted while store %i was away, does not come back',
  async (gone, there) => {
    const { host, stores, pool, gateway } = await withDocs()
    away(stores[gone])
    await pool.deleteSession('docs')
    await pool.getOrCreateSession('docs')
    await pool.saveSessionMetadata('docs')
    await pool.deleteSession('docs')
    await pool.stop({ timeoutMs: 100 })
    expect((await stores[there].stored()).get(NAME)).toMatchObject({ ended: { cause: 'deleted' } })
    host.control.reboot()
    stores[gone].mend()
    const second = await gateway()
    expect.soft((await second.planResume()).resume).toEqual([])
    await sleep(2000)
    await second.discoverExistingSessions()
    await sleep(2000)
    expect.soft((await second.planResume()).resume).toEqual([])
    expect.soft(second.listEnded()).toEqual([])
    for (const store of stores) expect.soft(await has(store)).toBe(false)
  },
)

test.each([0, 1] as const)(
  'a session that was renamed and deleted while store %i was away does not come back',
  async (gone) => {
    const { host, stores, pool, gateway } = await withDocs()
    away(stores[gone])
    host.control.rename(NAME, 'other')
    await until(() => expect(pool.getSession('docs')?.sessionName).toBe('other'))
    await sleep(200)
    await pool.deleteSession('docs')
    await pool.stop({ timeoutMs: 100 })
    host.control.reboot()
    stores[gone].mend()
    const second = await gateway()
    expect.soft((await second.planResume()).resume).toEqual([])
    expect.soft(second.listEnded()).toEqual([])
    await sleep(2000)
    expect.soft((await second.planResume()).resume).toEqual([])
    await sleep(500)
    for (const store of stores) expect.soft([...(await store.stored()).keys()]).toEqual([])
  },
)

test('a store that keeps records only with their sessions is not asked to remember a deletion', async () => {
  const made = memoryHost({ clock })
  const host = {
    ...made,
    async kill(ref: never) {
      await made.kill(ref)
      living.length = 0
    },
  } as typeof made
  const inner = memoryStore()
  let asked = 0
  const live: MetadataStore = {
    ...{ name: 'live', capabilities: { durability: 'process', retains: true, shared: true, liveOnly: true } },
    getMany: (names, options) => inner.getMany(names, options),
    async setMany(records, options) {
      const listed = new Set(living)
      const failed = new Map<string, StoreError>()
      for (const [name, one] of records)
        if (!listed.has(name) && (one as { expiresAt?: number }).expiresAt === undefined)
          failed.set(name, new StoreError('STORE_NO_SESSION', `${name} does not run.`))
      asked += [...records.keys()].filter((name) => !listed.has(name)).length
      await inner.setMany(new Map([...records].filter(([name]) => listed.has(name))), options)
      if (failed.size > 0) throw new StoreBatchError(failed)
    },
    deleteMany: (names, options) => inner.deleteMany(names, options),
    setAside: async () => undefined,
    list: (options) => inner.list(options),
    open: async (context) => inner.open?.(context),
    close: async () => inner.close?.(),
  }
  const living = [NAME]
  const other = heldStore()
  const { pool } = makePool({ host, poolId: 'p', metadata: { store: live, mirror: [other.store], maxRetryMs: 50 } })
  await pool.start()
  await pool.getOrCreateSession('docs')
  await pool.saveSessionMetadata('docs')
  away(other)
  expect(pool.persistence().stores[0]).toMatchObject({ state: 'attached', dirty: 0 })
  await pool.deleteSession('docs')
  await sleep(2000)
  expect.soft(pool.persistence().stores[0]).toMatchObject({ state: 'attached', dirty: 0 })
  expect.soft(asked).toBe(0)
})

test('the record of a later lost session is not removed for the deletion of an earlier one of its name', async () => {
  const { stores, gateway } = await setting()
  const base = { incarnation: 'x', startedAt: 1000, status: 'idle' }
  await fill(stores[0].store, [record(NAME, { ...base, ended: { at: 2000, cause: 'deleted' } })])
  await fill(stores[1].store, [
    record(NAME, { ...base, incarnation: 'y', createdAt: 3000, startedAt: 3000, lastActivityAt: 4000, run: 'later' }),
  ])
  away(stores[0])
  const pool = await gateway()
  await until(() => expect(pool.listEnded()).toHaveLength(1))
  stores[0].mend()
  await sleep(3000)
  expect.soft(pool.listEnded()).toMatchObject([{ incarnation: 'y' }])
  expect.soft((await stores[1].stored()).get(NAME)).toMatchObject({ incarnation: 'y' })
  expect.soft(await has(stores[0])).toBe(false)
})

test('a session whose command had exited, deleted while a store was away, does not come back', async () => {
  const { host, stores, pool, gateway } = await withDocs()
  for (let i = 0; i < 5; i += 1) await pool.withRequest('docs', () => undefined)
  await sleep(100)
  host.control.exit(NAME)
  await until(() => expect(pool.listEnded()).toHaveLength(1))
  await sleep(500)
  const { revision } = (await stores[0].stored()).get(NAME) as { revision: number }
  away(stores[1])
  await pool.deleteSession('docs')
  await pool.stop({ timeoutMs: 100 })
  // What says that the session was deleted is newer than the last record.
  expect
    .soft((await stores[0].stored()).get(NAME))
    .toMatchObject({ revision: revision + 1, ended: { cause: 'deleted' } })
  stores[1].mend()
  const second = await gateway()
  expect.soft(second.listEnded()).toEqual([])
  await sleep(2000)
  expect.soft(second.listEnded()).toEqual([])
  for (const store of stores) expect.soft(await has(store)).toBe(false)
})

test('a deletion counts although the store that was away has a later revision of the record', async () => {
  const { host, stores, pool, gateway } = await withDocs()
  away(stores[0])
  for (let i = 0; i < 9; i += 1) await pool.withRequest('docs', () => undefined)
  await sleep(200)
  await pool.stop({ timeoutMs: 100 })
  stores[0].mend()
  away(stores[1])
  const second = await gateway()
  await second.deleteSession('docs')
  await second.stop({ timeoutMs: 100 })
  stores[1].mend()
  host.control.reboot()
  const third = await gateway()
  expect((await third.planResume()).resume).toEqual([])
})

test('full passes do not write the records of deletions again', async () => {
  const { stores, pool } = await withDocs()
  away(stores[1])
  await pool.deleteSession('docs')
  await sleep(200)
  const before = sets(stores[0])
  for (let i = 0; i < 5; i += 1) {
    await pool.discoverExistingSessions()
    await sleep(100)
  }
  expect(sets(stores[0])).toBe(before)
})

test('with all stores there, deleting a session whose command has exited leaves no record', async () => {
  const { host, stores, pool } = await withDocs()
  host.control.exit(NAME)
  await until(() => expect(pool.listEnded()).toHaveLength(1))
  await sleep(200)
  await pool.deleteSession('docs')
  for (const store of stores) expect.soft(await has(store)).toBe(false)
})

test('with all stores there, forgetEnded() leaves no record when it fulfils', async () => {
  const { host, stores, pool } = await withDocs()
  host.control.endServer()
  await until(() => expect(pool.listEnded()).toHaveLength(1))
  await sleep(200)
  expect(await pool.forgetEnded({ workspace: 'docs' })).toEqual(['docs'])
  for (const store of stores) expect.soft(await has(store)).toBe(false)
})

test.each([true, false])(
  "a person's session under the name of a deleted one is taken in (away: %s)",
  async (isAway) => {
    const { host, stores, pool } = await withDocs(2, { takeIn: 'prefix' })
    if (isAway) away(stores[1])
    await pool.deleteSession('docs')
    await sleep(100)
    host.control.add(NAME)
    await until(() => expect(pool.getSession('docs')).toBeDefined(), 2000)
  },
)
test.each([true, false])(
  "a person's session under the name of a deleted one is taken in by the next gateway too (away: %s)",
  async (isAway) => {
    const { host, stores, pool, gateway } = await withDocs(2, { takeIn: 'prefix' })
    if (isAway) away(stores[1])
    await pool.deleteSession('docs')
    await pool.stop({ timeoutMs: 100 })
    host.control.add(NAME)
    const second = await gateway()
    await until(() => expect(second.getSession('docs')).toBeDefined(), 2000)
  },
)

test('the end of a deleted session is told by one later gateway at most', async () => {
  const { stores, pool, gateway } = await withDocs()
  away(stores[1])
  await pool.deleteSession('docs')
  await pool.stop({ timeoutMs: 100 })
  const told: unknown[] = []
  for (let i = 0; i < 3; i += 1) {
    const next = await gateway((pool) => pool.on('session:ended', (event) => told.push(event)))
    await next.discoverExistingSessions()
    await next.stop({ timeoutMs: 100 })
  }
  expect(told.length).toBeLessThanOrEqual(1)
})

test('an observer that reads both records of a deletion in one pass lists nothing', async () => {
  const all = await withDocs()
  const { host, stores, pool, gateway } = all
  away(stores[0])
  for (let i = 0; i < 9; i += 1) await pool.withRequest('docs', () => undefined)
  await sleep(200)
  await pool.stop({ timeoutMs: 100 })
  stores[0].mend()
  away(stores[1])
  const second = await gateway()
  await second.deleteSession('docs')
  await second.stop({ timeoutMs: 100 })
  stores[1].mend()
  host.control.reboot()
  // An observer reads both stores in one pass.
  const third = await gateway(() => undefined, { role: 'observer' })
  await third.discoverExistingSessions()
  expect.soft(third.listEnded()).toEqual([])
})
test.each([
  [0, 1],
  [1, 0],
] as const)(
  'an earlier session of a reused name, deleted while store %i was away, does not come back if that store answers later',
  async (gone, there) => {
    const { host, stores, pool, gateway } = await withDocs()
    away(stores[gone])
    await pool.deleteSession('docs')
    await pool.getOrCreateSession('docs')
    await pool.saveSessionMetadata('docs')
    await pool.deleteSession('docs')
    await pool.stop({ timeoutMs: 100 })
    expect((await stores[there].stored()).get(NAME)).toMatchObject({ ended: { cause: 'deleted' } })
    host.control.reboot()
    const second = await gateway()
    await sleep(500)
    stores[gone].mend()
    await sleep(3000)
    expect.soft((await second.planResume()).resume).toEqual([])
    await sleep(2000)
    expect.soft(second.listEnded()).toEqual([])
    for (const store of stores) expect.soft(await has(store)).toBe(false)
  },
)

test('a deleted session is no part of the report of a discovery', async () => {
  const { stores, pool } = await withDocs()
  away(stores[1])
  await pool.deleteSession('docs')
  await sleep(50)
  expect((await pool.discoverExistingSessions()).orphaned).toEqual([])
})

test('a session that was ended for its silence, and forgotten while a store was away, has a final end', async () => {
  const { stores, pool } = await withDocs(2, { inactivityTimeoutMs: 50, cleanupIntervalMs: 1_000_000 })
  await sleep(200)
  expect((await pool.reapNow()).ended).toEqual(['docs'])
  await until(() => expect(pool.listEnded()).toHaveLength(1))
  await sleep(200)
  away(stores[1])
  expect(await pool.forgetEnded({ workspace: 'docs' })).toEqual(['docs'])
  const final = { ended: { cause: 'deleted' }, expiresAt: expect.any(Number) }
  expect((await stores[0].stored()).get(NAME)).toMatchObject(final)
})

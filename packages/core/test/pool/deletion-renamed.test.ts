import { expect, test } from 'vitest'
import { type Held, has, NAME, setting, withDocs } from '../support/deletions.ts'
import { fill, record } from '../support/held-store.ts'
import { sleep, until } from '../support/time.ts'

const readOnly = (store: Held) => store.fail('setMany', 'deleteMany')
const names = async (store: Held) => [...(await store.stored()).keys()]

/** A session that is renamed and deleted while one store can be read but not written, and the reboot after `crashes` crashes. */
async function renamedAndDeleted(gone: number, there: number, crashes: number) {
  const all = await withDocs()
  const { host, stores, pool, gateway } = all
  readOnly(stores[gone] as Held)
  host.control.rename(NAME, 'other')
  await until(() => expect(pool.getSession('docs')?.sessionName).toBe('other'))
  await sleep(200)
  await pool.deleteSession('docs')
  await sleep(500)
  expect((await (stores[there] as Held).stored()).get('other')).toMatchObject({ ended: { cause: 'deleted' } })
  await pool.stop({ timeoutMs: 100 })
  for (let at = 1; at < crashes; at += 1) {
    const next = await gateway()
    await next.discoverExistingSessions()
    await sleep(500)
    await next.stop({ timeoutMs: 100 })
  }
  host.control.reboot()
  return all
}

test.each([
  [0, 1, 1],
  [1, 0, 1],
  [0, 1, 2],
  [1, 0, 3],
] as const)(
  'a session that was renamed and deleted while store %i could not be written does not come back (store %i, crashes: %i)',
  async (gone, there, crashes) => {
    const { stores, gateway } = await renamedAndDeleted(gone, there, crashes)
    stores[gone].mend()
    const next = await gateway()
    expect.soft((await next.planResume()).resume).toEqual([])
    expect.soft(next.listEnded()).toEqual([])
    await sleep(2000)
    await next.discoverExistingSessions()
    await sleep(500)
    expect.soft((await next.planResume()).resume).toEqual([])
    for (const store of stores) expect.soft(await names(store)).toEqual([])
  },
)

test('a store forgets the deletion of a renamed session once the other one has removed its former record', async () => {
  const { host, stores, pool } = await withDocs()
  readOnly(stores[1])
  host.control.rename(NAME, 'other')
  await until(() => expect(pool.getSession('docs')?.sessionName).toBe('other'))
  await sleep(200)
  await pool.deleteSession('docs')
  await sleep(500)
  expect(await has(stores[0], 'other')).toBe(true)
  stores[1].mend()
  for (const store of stores) await until(async () => expect(await names(store)).toEqual([]))
})

test('a store forgets the deletion of a renamed session once a new session has replaced its former record in the other one', async () => {
  const { host, stores, pool } = await withDocs()
  readOnly(stores[1])
  host.control.rename(NAME, 'other')
  await until(() => expect(pool.getSession('docs')?.sessionName).toBe('other'))
  await sleep(200)
  await pool.deleteSession('docs')
  await sleep(500)
  await pool.getOrCreateSession('docs')
  await sleep(500)
  expect(await has(stores[0], 'other')).toBe(true)
  stores[1].mend()
  await pool.saveSessionMetadata('docs')
  for (const store of stores) await until(async () => expect(await names(store)).toEqual([NAME]))
})

test('the deletion of a session that has a new name that no store has yet is remembered', async () => {
  const { host, stores, pool, gateway } = await withDocs()
  readOnly(stores[1])
  stores[0].failName('setMany', 'other')
  host.control.rename(NAME, 'other')
  await until(() => expect(pool.getSession('docs')?.sessionName).toBe('other'))
  await pool.deleteSession('docs')
  await sleep(200)
  expect(await has(stores[0])).toBe(true)
  stores[0].mend()
  await until(async () => expect(await names(stores[0])).toEqual(['other']))
  await pool.stop({ timeoutMs: 100 })
  stores[1].mend()
  const next = await gateway()
  await next.discoverExistingSessions()
  await sleep(500)
  expect(next.listEnded()).toEqual([])
  for (const store of stores) expect(await names(store)).toEqual([])
})

test('the deletion of a session is remembered although its new name is seen only while it is deleted', async () => {
  const { host, stores, pool, gateway } = await withDocs(2, { livenessIntervalMs: 3_600_000 })
  readOnly(stores[1])
  host.control.rename(NAME, 'other')
  await pool.deleteSession('docs')
  await sleep(200)
  await pool.stop({ timeoutMs: 100 })
  stores[1].mend()
  const next = await gateway()
  await next.discoverExistingSessions()
  await sleep(500)
  expect(next.listEnded()).toEqual([])
  for (const store of stores) expect(await names(store)).toEqual([])
})

test('a pool that finds the deletion under one name and the record under another removes the record first', async () => {
  const { stores, gateway } = await setting()
  const base = { workspace: 'docs', incarnation: 'x', startedAt: 1000 }
  const ended = { ended: { cause: 'deleted', at: 3000 }, expiresAt: Date.now() + 1e9 }
  await fill(stores[0].store, [record(NAME, { ...base, revision: 1 })])
  await fill(stores[1].store, [record('other', { ...base, ...ended, revision: 5 })])
  readOnly(stores[0])
  const pool = await gateway()
  await sleep(5)
  stores[0].mend()
  await until(async () => expect(await names(stores[1])).toEqual([]))
  expect(await names(stores[0])).toEqual([])
  expect(pool.listEnded()).toEqual([])
})

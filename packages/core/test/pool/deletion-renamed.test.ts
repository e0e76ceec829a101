import { expect, test } from 'vitest'
import { type Held, has, NAME, withDocs } from '../support/deletions.ts'
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

import { expect, test } from 'vitest'
import { away, NAME, setting } from '../support/deletions.ts'
import { sleep, until } from '../support/time.ts'

test('the only record of a session that was renamed while no pool ran stays if it is read after the end', async () => {
  const { host, stores, gateway } = await setting()
  const [store, empty] = stores
  away(empty)
  const first = await gateway()
  await first.getOrCreateSession('docs', { attributes: { id: 7 } })
  await first.saveSessionMetadata('docs')
  await first.stop({ timeoutMs: 100 })
  host.control.rename(NAME, 'moved')
  store.failName('getMany', NAME)
  store.failName('setMany', 'moved')
  const pool = await gateway()
  await pool.discoverExistingSessions()
  for (const session of await host.list()) await host.kill(session)
  await pool.discoverExistingSessions()
  await sleep(200)
  store.mend()
  store.failName('setMany', 'moved')
  for (let pass = 0; pass < 3; pass += 1) {
    await pool.discoverExistingSessions()
    await sleep(300)
    expect((await store.stored()).get(NAME)).toMatchObject({ attributes: { id: 7 } })
  }
  store.mend()
  await until(async () => {
    await pool.discoverExistingSessions()
    expect([...(await store.stored()).keys()]).toEqual(['moved'])
  })
  expect((await store.stored()).get('moved')).toMatchObject({
    attributes: { id: 7 },
    ended: { cause: expect.any(String) },
  })
})

import { expect, test } from 'vitest'
import { NAME, setting } from '../support/deletions.ts'
import { fill, record } from '../support/held-store.ts'
import { sleep, until } from '../support/time.ts'

test.each([
  ['the stores answer together', 0],
  ['the store that has the former name answers first', 300],
])('the united record of a session that was renamed says how it ended, if %s', async (_, lateMs) => {
  const { host, stores, gateway } = await setting()
  host.control.reboot()
  const base = { workspace: 'docs', incarnation: 'x', createdAt: 1000, startedAt: 1000, status: 'idle' }
  await fill(stores[0].store, [record('moved', { ...base, revision: 3, lastActivityAt: 3000 })])
  await fill(stores[1].store, [record(NAME, { ...base, revision: 1, lastActivityAt: 1000 })])
  if (lateMs > 0) stores[0].fail('open', 'getMany')
  const pool = await gateway()
  await sleep(lateMs)
  stores[0].mend()
  const end = { ended: { cause: expect.any(String) }, expiresAt: expect.any(Number) }
  await until(async () => {
    await pool.discoverExistingSessions()
    for (const store of stores) expect([...(await store.stored()).values()]).toMatchObject([end])
  })
  expect(pool.listEnded()).toMatchObject([{ workspace: 'docs' }])
})

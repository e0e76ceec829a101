import { expect, test } from 'vitest'
import { memoryHost } from '../../src/testing.ts'
import { fill, heldStore, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep, until } from '../support/time.ts'

const stampOf = (createdAt: number) => ({ workspace: 'a', pool: 'claude-', createdAt })

test('orphans of one name but different incarnations, each in another store, are not joined', async () => {
  const a = heldStore()
  const b = heldStore()
  await fill(a.store, [record('claude-a', { incarnation: 'x', totalRequests: 5, revision: 9 })])
  await fill(b.store, [record('claude-a', { incarnation: 'y', totalRequests: 99, revision: 3 })])
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: a.store, mirror: [b.store] } })
  await pool.start()
  await until(async () => expect((await a.stored()).get('claude-a')).toMatchObject({ expiresAt: expect.any(Number) }))
  await sleep(50)
  expect((await a.stored()).get('claude-a')).toMatchObject({ incarnation: 'x', totalRequests: 5 })
  expect((await b.stored()).get('claude-a')).toMatchObject({ incarnation: 'y', totalRequests: 99 })
})

test('the record of a session in conflict over its workspace does not expire', async () => {
  const host = memoryHost({ clock })
  // As if a person had renamed the session while no gateway ran.
  const renamed = await host.create('claude-b', stampOf(1000))
  const other = await host.create('claude-a', stampOf(500))
  const held = heldStore()
  await fill(held.store, [
    record('claude-old', { workspace: 'a', incarnation: renamed.incarnation }),
    record('claude-a', { workspace: 'a', incarnation: other.incarnation }),
  ])
  const { pool } = makePool({ host, metadata: { store: held.store } })
  await pool.start()
  const report = await pool.discoverExistingSessions()
  await sleep(50)
  expect(report.conflicts).toHaveLength(1)
  expect((await held.stored()).get('claude-old')).toMatchObject({ totalRequests: 42 })
  expect((await held.stored()).get('claude-old')?.expiresAt).toBeUndefined()
})

test('two records of a session that was renamed and then ended become one record in each store', async () => {
  const a = heldStore()
  const b = heldStore()
  const former = record('claude-a', { incarnation: 'x', totalRequests: 50, revision: 3 })
  await fill(a.store, [former, record('claude-moved', { incarnation: 'x', totalRequests: 5, revision: 4 })])
  await fill(b.store, [former])
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: a.store, mirror: [b.store] } })
  await pool.start()
  await until(async () => {
    await pool.discoverExistingSessions()
    for (const { stored } of [a, b]) {
      const records = await stored()
      expect([...records.keys()]).toEqual(['claude-moved'])
      expect(records.get('claude-moved')).toMatchObject({ totalRequests: 50, expiresAt: expect.any(Number) })
    }
  })
  await until(() => expect(pool.persistence().stores).toMatchObject([{ dirty: 0 }, { dirty: 0 }]))
})

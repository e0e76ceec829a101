import { expect, test } from 'vitest'
import { memoryHost } from '../../src/testing.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { fill, heldStore, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, until } from '../support/time.ts'

test('a session whose name has a record of an earlier incarnation is still recreated after a late store answered with no record', async () => {
  const host = memoryHost({ clock })
  await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  const held = heldStore()
  await fill(held.store, [record('claude-a', { incarnation: 'gone' })])
  const late = faultyStore()
  late.faults.open = 'reject'
  const { pool } = makePool({ host, metadata: { store: held.store, mirror: [late.store] } })
  await pool.start()
  await until(() => expect(pool.persistence().effective.reason).toBe('degraded'))
  late.faults.open = 'none'
  await until(() => expect(pool.persistence().effective.reason).toBe('ok'))
  await until(() => expect(pool.getSession('a')?.verified).toBe(true))
  const report = await pool.discoverExistingSessions()
  expect(pool.getSession('a')?.totalRequests).toBe(0)
  expect(report.recreated).toEqual(['a'])
})

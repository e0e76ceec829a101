import { expect, test } from 'vitest'
import { memoryHost } from '../../src/testing.ts'
import { fill, heldStore, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, until } from '../support/time.ts'

test('a session is not verified any more while a store that was opened anew cannot read its record', async () => {
  const host = memoryHost({ clock })
  const { incarnation } = await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  const held = heldStore()
  await fill(held.store, [record('claude-a', { incarnation })])
  held.lock()
  const { pool } = makePool({ host, metadata: { store: held.store } })
  await pool.start()
  expect(pool.getSession('a')).toMatchObject({ verified: true, totalRequests: 42 })
  // The holder of the lock writes once more and ends.
  await held.overwrite(record('claude-a', { incarnation, totalRequests: 43, revision: 8 }))
  held.mend()
  held.failName('getMany', 'claude-a')
  await until(() => expect(pool.persistence().stores[0]?.state).toBe('attached'))
  expect(pool.getSession('a')).toMatchObject({ verified: false })
  held.mend()
  await until(() => expect(pool.getSession('a')).toMatchObject({ verified: true, totalRequests: 43 }))
})

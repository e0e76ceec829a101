import { expect, test } from 'vitest'
import type { MetadataStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { gate } from '../support/gate.ts'
import { fill, heldStore, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, until } from '../support/time.ts'

const called = (name: string, store: MetadataStore): MetadataStore => ({ ...store, name })

test('an answer of a detached store does not count for a later store of the same name', async () => {
  const host = memoryHost({ clock })
  await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  const [configured, first, second, third] = [heldStore(), heldStore(), heldStore(), heldStore()]
  configured.fail('open')
  const closing = gate()
  const stuck: MetadataStore = {
    ...called('same', first.store),
    async close() {
      await closing.opened
      await first.store.close?.()
    },
  }
  await fill(third.store, [record('claude-a', { schemaVersion: 2 })])
  const { pool, log } = makePool({ host, metadata: { store: called('configured', configured.store) } })
  await pool.start()
  await pool.switchStore(stuck)
  await pool.switchStore(called('same', second.store), { timeoutMs: 300 })
  await pool.switchStore(called('same', third.store))
  expect(pool.persistence().effective.stores).toEqual(['same'])
  third.fail('getMany')
  configured.mend()
  await until(() => expect(pool.persistence().stores[1]).toMatchObject({ role: 'standby', state: 'attached' }))
  expect(log.with('Session discovered without metadata - using defaults')).toEqual([])
  expect(pool.getSession('a')).toMatchObject({ verified: false })
  closing.open()
})

import { expect, test } from 'vitest'
import { type MetadataStore, memoryStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { fill, heldStore, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, until } from '../support/time.ts'

/** A store that several pools of a test use at the same time. */
const shared = (store: MetadataStore): MetadataStore => ({ ...store, close: async () => undefined })

test('requests of an earlier run are counted although another pool has joined them into a record of this run', async () => {
  const host = memoryHost({ clock })
  const { incarnation } = await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  const [a, b] = [shared(memoryStore()), shared(memoryStore())]
  await fill(b, [record('claude-a', { incarnation, totalRequests: 5, revision: 2, run: 'earlier' })])
  const unreachable = heldStore(b)
  unreachable.fail('open')
  const { pool: first } = makePool({ host, metadata: { store: a, mirror: [unreachable.store] } })
  await first.start()
  for (let count = 0; count < 3; count += 1) await first.withRequest('a', () => undefined)
  await first.saveSessionMetadata('a')
  const { pool: second } = makePool({ host, metadata: { store: a, mirror: [b] } })
  await second.start()
  await until(() => expect(second.getSession('a')).toMatchObject({ totalRequests: 8, saved: true }))
  await second.stop()
  unreachable.mend()
  await until(() => expect(first.getSession('a')?.verified).toBe(true))
  expect(first.getSession('a')?.totalRequests).toBe(8)
})

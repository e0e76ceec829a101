import { expect, test } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { fill, heldStore, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep, until } from '../support/time.ts'

test('a discovery pass that began before a rename does not undo it', async () => {
  const host = memoryHost({ clock })
  await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  const held = heldStore()
  const { pool } = makePool({ host, metadata: { store: held.store, callTimeoutMs: 5000, attachTimeoutMs: 5000 } })
  await pool.start()
  const renamed: string[] = []
  pool.on('session:renamed', ({ session, from }) => {
    renamed.push(`${from}>${session.sessionName}`)
  })
  const reading = held.holdBefore('getMany')
  const discovering = pool.discoverExistingSessions()
  await reading.reached
  host.control.rename('claude-a', 'claude-b')
  await until(() => expect(renamed).toHaveLength(1))
  reading.release()
  await discovering
  await pool.discoverExistingSessions()
  expect(renamed).toEqual(['claude-a>claude-b'])
  expect(pool.getSession('a')?.sessionName).toBe('claude-b')
})

test('the record under the former name of a renamed session is removed, although stores are slower than polls of the host', async () => {
  const host = memoryHost({ clock })
  const { incarnation } = await host.create('claude-b', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  const inner = memoryStore()
  const held = heldStore(inner)
  const { pool } = makePool({ host, metadata: { store: held.store, callTimeoutMs: 5000, attachTimeoutMs: 5000 } })
  await pool.start()
  await pool.saveSessionMetadata('a')
  const former = record('claude-old', { workspace: 'a', incarnation })
  await inner.setMany(new Map([['claude-old', former]]), { signal: new AbortController().signal })
  for (let round = 0; round < 5; round += 1) {
    const reading = held.holdBefore('getMany')
    const discovering = pool.discoverExistingSessions()
    await reading.reached
    // By then the host was polled more than once.
    await sleep(100)
    reading.release()
    await discovering
  }
  expect(pool.getSession('a')?.totalRequests).toBe(42)
  await until(async () => expect([...(await held.stored()).keys()]).toEqual(['claude-b']))
})

test('a store that was not asked about the former name of a session yet gets its record removed there', async () => {
  const host = memoryHost({ clock })
  const { incarnation } = await host.create('claude-b', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  const [first, second] = [heldStore(), heldStore()]
  await fill(second.store, [record('claude-old', { workspace: 'a', incarnation })])
  const { pool } = makePool({ host, metadata: { store: first.store, mirror: [second.store] } })
  await pool.start()
  await until(async () => expect([...(await second.stored()).keys()]).toEqual(['claude-b']))
  await until(() => expect(pool.persistence().stores).toMatchObject([{ dirty: 0 }, { dirty: 0 }]))
})

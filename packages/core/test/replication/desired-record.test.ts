import { expect, test } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { fill, heldStore, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep, until } from '../support/time.ts'

const stampOf = (workspace: string) => ({ workspace, pool: 'claude-', createdAt: 1000 })
const mostRequests = async (held: ReturnType<typeof heldStore>) =>
  Math.max(...[...(await held.stored()).values()].map(({ totalRequests }) => Number(totalRequests)))

test('a renamed session keeps its record under the former name while the new name cannot be written', async () => {
  const host = memoryHost({ clock })
  const held = heldStore()
  const { pool } = makePool({ host, metadata: { store: held.store, maxRetryMs: 60_000, flushIntervalMs: 20 } })
  await pool.start()
  await pool.getOrCreateSession('a')
  for (let i = 0; i < 9; i += 1) pool.trackRequestStart('a')
  await pool.saveSessionMetadata('a')
  held.failName('setMany', 'claude-a')
  held.failName('setMany', 'other')
  pool.trackRequestStart('a')
  await until(() => expect(pool.persistence().effective.reason).toBe('degraded'))
  host.control.rename('claude-a', 'other')
  await until(() => expect(pool.getSession('a')?.sessionName).toBe('other'))
  await sleep(200)
  expect(await mostRequests(held)).toBeGreaterThanOrEqual(9)
})

test('a session renamed during its write keeps its record while the store does not answer for the new name', async () => {
  const host = memoryHost({ clock })
  const { incarnation } = await host.create('claude-a', stampOf('a'))
  const inner = memoryStore()
  await fill(inner, [record('claude-a', { incarnation })])
  const held = heldStore(inner)
  const { pool } = makePool({
    host,
    metadata: { store: held.store, callTimeoutMs: 5000, attachTimeoutMs: 5000, flushIntervalMs: 60 },
  })
  await pool.start()
  await pool.saveSessionMetadata('a')
  const writing = held.holdBefore('setMany')
  pool.trackRequestStart('a')
  await writing.reached
  pool.trackRequestStart('a')
  await sleep(80) // Longer than a flush interval, so that the session is dirty again under its former name.
  const reading = held.holdBefore('getMany')
  host.control.rename('claude-a', 'other')
  await reading.reached
  writing.release()
  await sleep(200)
  expect(await mostRequests(held)).toBeGreaterThanOrEqual(42)
  reading.release()
})

test('a found session is not written before the store has answered for it', async () => {
  const host = memoryHost({ clock })
  const held = heldStore()
  const { pool } = makePool({ host, metadata: { store: held.store } })
  await pool.start()
  held.failName('getMany', 'claude-a')
  await host.create('claude-a', stampOf('a'))
  await until(() => expect(pool.getSession('a')?.verified).toBe(false))
  pool.trackRequestStart('a')
  await sleep(80)
  expect((await held.stored()).has('claude-a')).toBe(false)
  held.mend()
  await until(async () => expect((await held.stored()).get('claude-a')).toMatchObject({ totalRequests: 1 }))
})

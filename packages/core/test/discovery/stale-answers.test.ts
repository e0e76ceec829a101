import { expect, test } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { fill, heldStore, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, until } from '../support/time.ts'

const times = (log: readonly string[], call: string) => log.filter((one) => one === call).length

/** A pool with a store that has an unreadable record under `claude-d`, and with a mirror. */
async function poolOver() {
  const inner = memoryStore()
  await fill(inner, [record('claude-d', { totalRequests: 'many' })])
  const [store, mirror] = [heldStore(inner), heldStore()]
  const metadata = { store: store.store, mirror: [mirror.store], callTimeoutMs: 5000, attachTimeoutMs: 5000 }
  // So that no discovery by itself makes up for a wrong answer.
  const livenessIntervalMs = 3_600_000
  const host = memoryHost({ clock })
  const { pool } = makePool({ host, livenessIntervalMs, metadata: { ...metadata, flushIntervalMs: 5 } })
  await pool.start()
  await pool.getOrCreateSession('a')
  await pool.saveSessionMetadata('a')
  return { pool, store, mirror }
}

test('an answer is stale for names that were written while another store was being read', async () => {
  const { pool, store, mirror } = await poolOver()
  const before = times(store.log, 'getMany')
  const waiting = mirror.holdBefore('getMany')
  const discovering = pool.discoverExistingSessions()
  await waiting.reached
  await until(() => expect(times(store.log, 'getMany')).toBe(before + 1))
  await pool.getOrCreateSession('d')
  await pool.saveSessionMetadata('d')
  waiting.release()
  await discovering
  pool.trackRequestStart('d')
  await pool.saveSessionMetadata('d')
  expect(times(store.log, 'setAside')).toBe(1)
})

test('an answer during a set-aside does not hide that the unreadable record is still there', async () => {
  const { pool, store } = await poolOver()
  const writing = store.holdBefore('setMany')
  pool.trackRequestStart('a')
  await writing.reached
  await Promise.all(['d', 'e'].map((workspace) => pool.getOrCreateSession(workspace)))
  store.failName('setAside', 'claude-d')
  const moving = store.holdBefore('setAside')
  writing.release()
  await moving.reached
  await pool.discoverExistingSessions()
  store.mend()
  moving.release()
  await until(async () => expect((await store.stored()).get('claude-d')).toMatchObject({ totalRequests: 0 }))
  expect(times(store.log, 'setAside')).toBe(2)
})

test('an answer without the name does not count as the acknowledgement of a deletion', async () => {
  const held = heldStore()
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: held.store, callTimeoutMs: 5000 } })
  await pool.start()
  await pool.getOrCreateSession('a')
  await pool.getOrCreateSession('b')
  await pool.saveSessionMetadata('b')
  const deleting = held.holdBefore('deleteMany')
  const deleted = pool.deleteSession('b')
  await deleting.reached
  await deleted
  await pool.discoverExistingSessions()
  held.fail('deleteMany', 'setMany')
  deleting.release()
  await pool.getOrCreateSession('b')
  await pool.deleteSession('b')
  held.mend()
  await until(async () => {
    await pool.discoverExistingSessions()
    expect([...(await held.stored()).keys()]).toEqual(['claude-a'])
  })
})

test('a session of an earlier run, whose name was used anew while another store was being read, is not listed as ended again', async () => {
  const [store, mirror] = [heldStore(), heldStore()]
  await fill(store.store, [record('claude-b', { incarnation: 'memory.earlier.1' })])
  const host = memoryHost({ clock })
  const metadata = { store: store.store, mirror: [mirror.store], callTimeoutMs: 5000, flushIntervalMs: 5 }
  const { pool } = makePool({ host, livenessIntervalMs: 3_600_000, metadata })
  await pool.start()
  await pool.getOrCreateSession('a')
  await pool.saveSessionMetadata('a')
  expect(pool.listEnded()).toMatchObject([{ workspace: 'b' }])
  const before = times(store.log, 'getMany')
  const waiting = mirror.holdBefore('getMany')
  const discovering = pool.discoverExistingSessions()
  await waiting.reached
  await until(() => expect(times(store.log, 'getMany')).toBe(before + 1))
  await pool.getOrCreateSession('b')
  await pool.saveSessionMetadata('b')
  await pool.deleteSession('b')
  expect(pool.listEnded()).toEqual([])
  waiting.release()
  await discovering
  expect(pool.listEnded()).toEqual([])
})

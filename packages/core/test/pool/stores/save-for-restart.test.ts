import { expect, test } from 'vitest'
import { memoryHost } from '../../../src/testing.ts'
import { heldStore } from '../../support/held-store.ts'
import { makePool } from '../../support/pools.ts'
import { clock, sleep, until } from '../../support/time.ts'

/** A pool that is configured for one store and was switched to another at run time. */
async function switched() {
  const [configured, chosen] = [heldStore(), heldStore()]
  const metadata = { store: configured.store, flushIntervalMs: 600_000, callTimeoutMs: 300, saveTimeoutMs: 10_000 }
  const { pool } = makePool({ host: memoryHost({ clock }), metadata })
  await pool.start()
  await pool.getOrCreateSession('a')
  await pool.switchStore(chosen.store)
  pool.trackRequestStart('a')
  return { pool, configured, chosen }
}

test('a save that was acknowledged after a switch at run time is in the store that a restart selects', async () => {
  const { pool, configured } = await switched()
  const held = configured.holdBefore('setMany')
  const saving = pool.saveSessionMetadata('a')
  await held.reached
  const first = await Promise.race([saving, sleep(50).then(() => 'waits')])
  held.release()
  expect(first).toBe('waits')
  expect((await saving).stores).toEqual(['held#2', 'held'])
  expect((await configured.stored()).get('claude-a')).toMatchObject({ totalRequests: 1 })
})

test('an acknowledged save is in that store also while it is being joined again after a rollback to memory', async () => {
  const { pool, configured, chosen } = await switched()
  await pool.rollback()
  await until(() => expect(configured.isOpen()).toBe(false))
  const reading = configured.holdBefore('getMany')
  await pool.switchStore(chosen.store)
  await reading.reached
  const saving = pool.saveSessionMetadata('a')
  await until(async () => expect((await chosen.stored()).get('claude-a')).toMatchObject({ totalRequests: 1 }))
  reading.release()
  expect([...(await saving).stores].sort()).toEqual(['held', 'held#2'])
  expect((await configured.stored()).get('claude-a')).toMatchObject({ totalRequests: 1 })
})

test('a save does not wait for the store that a restart selects when that store fails', async () => {
  const { pool, configured } = await switched()
  const held = configured.holdBefore('setMany')
  expect((await pool.saveSessionMetadata('a')).stores).toEqual(['held#2'])
  await until(() => expect(pool.persistence().effective.reason).toBe('degraded'))
  pool.trackRequestComplete('a')
  expect((await pool.saveSessionMetadata('a')).stores).toEqual(['held#2'])
  held.release()
})

test('a save may be acknowledged by a mirror when a restart reads that mirror too', async () => {
  const [store, mirror] = [heldStore(), heldStore()]
  const metadata = { store: store.store, mirror: [mirror.store], flushIntervalMs: 600_000, callTimeoutMs: 10_000 }
  const { pool } = makePool({ host: memoryHost({ clock }), metadata })
  await pool.start()
  await pool.getOrCreateSession('a')
  const held = store.holdBefore('setMany')
  pool.trackRequestStart('a')
  expect((await pool.saveSessionMetadata('a')).stores).toEqual(['held#2'])
  held.release()
})

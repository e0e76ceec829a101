import { expect, test } from 'vitest'
import { memoryHost } from '../../src/testing.ts'
import { heldStore } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep, until } from '../support/time.ts'

async function poolOn(flushIntervalMs: number) {
  const held = heldStore()
  const { pool } = makePool({
    host: memoryHost({ clock }),
    metadata: { store: held.store, callTimeoutMs: 10_000, flushIntervalMs },
  })
  await pool.start()
  await pool.getOrCreateSession('a')
  await until(() => expect(pool.persistence().oldestDirtyMs).toBe(0))
  return { held, pool }
}

test('after a write, oldestDirtyMs is the age of the change that was made during the write', async () => {
  const { held, pool } = await poolOn(20)
  held.holdBefore('setMany').release()
  const [first, second] = [held.holdAfter('setMany'), held.holdBefore('setMany')]
  pool.trackRequestStart('a')
  await first.reached
  await sleep(300)
  const olderMs = pool.persistence().oldestDirtyMs
  expect(olderMs).toBeGreaterThanOrEqual(300)
  await sleep(10)
  pool.trackRequestComplete('a')
  pool.persistence()
  first.release()
  await second.reached
  expect(pool.persistence().oldestDirtyMs).toBeLessThan(olderMs)
  expect(pool.persistence().stores).toMatchObject([{ dirty: 1 }])
  second.release()
  await until(() => expect(pool.persistence().oldestDirtyMs).toBe(0))
})

test('oldestDirtyMs counts from the change, not from the first look at it', async () => {
  const { pool } = await poolOn(60_000)
  pool.trackRequestStart('a')
  await sleep(100)
  expect(pool.persistence().oldestDirtyMs).toBe(100)
})

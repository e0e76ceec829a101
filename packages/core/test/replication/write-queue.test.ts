import { expect, test } from 'vitest'
import { memoryHost, virtualClock } from '../../src/testing.ts'
import { heldStore } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'

async function poolOn(flushIntervalMs: number) {
  const clock = virtualClock()
  const held = heldStore()
  const { pool } = makePool({
    host: memoryHost(),
    clock,
    metadata: { store: held.store, callTimeoutMs: 10_000, flushIntervalMs },
  })
  await pool.start()
  await pool.getOrCreateSession('a')
  expect(pool.persistence().oldestDirtyMs).toBe(0)
  return { clock, held, pool }
}

test('a change made during the write of an older one is as old as itself once that is written', async () => {
  const { clock, held, pool } = await poolOn(20)
  const [first, second] = [held.holdAfter('setMany'), held.holdBefore('setMany')]
  // The first write goes through its "before", the second is held there.
  second.release()
  const next = held.holdBefore('setMany')
  pool.trackRequestStart('a')
  await clock.runUntil(first.reached)
  await clock.advance(300)
  const olderMs = pool.persistence().oldestDirtyMs
  expect(olderMs).toBeGreaterThanOrEqual(300)
  pool.trackRequestComplete('a')
  await clock.advance(10)
  first.release()
  await clock.runUntil(next.reached)
  expect(pool.persistence().oldestDirtyMs).toBeLessThan(300)
  expect(pool.persistence().stores).toMatchObject([{ dirty: 1 }])
  next.release()
  await clock.advance(20)
  expect(pool.persistence().oldestDirtyMs).toBe(0)
})

test('a change that nobody has asked about is as old as it is', async () => {
  const { clock, pool } = await poolOn(60_000)
  pool.trackRequestStart('a')
  await clock.advance(100)
  expect(pool.persistence().oldestDirtyMs).toBe(100)
})

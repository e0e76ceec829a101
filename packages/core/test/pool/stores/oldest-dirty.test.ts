import { expect, test } from 'vitest'
import type { SessionPool } from '../../../src/index.ts'
import { memoryHost } from '../../../src/testing.ts'
import { heldStore } from '../../support/held-store.ts'
import { makePool } from '../../support/pools.ts'
import { clock, sleep } from '../../support/time.ts'

const oldest = (pool: Pick<SessionPool, 'persistence'>) => pool.persistence().oldestDirtyMs

/** A pool with one session, and a store whose calls the test holds. */
async function poolWith(flushIntervalMs: number) {
  const held = heldStore()
  const metadata = { store: held.store, flushIntervalMs, callTimeoutMs: 30_000 }
  const { pool } = makePool({ host: memoryHost({ clock }), metadata })
  await pool.start()
  await pool.getOrCreateSession('a')
  return { pool, held }
}

test('oldestDirtyMs counts from the change, not from the first status or flush', async () => {
  const { pool } = await poolWith(600_000)
  expect(oldest(pool)).toBe(0)
  pool.trackRequestStart('a')
  await sleep(50)
  expect(oldest(pool)).toBeCloseTo(50, 5)
  await pool.saveSessionMetadata('a')
  expect(oldest(pool)).toBe(0)
})

test('oldestDirtyMs does not count a change that was written while newer changes came', async () => {
  const { pool, held } = await poolWith(10)
  const first = held.holdBefore('setMany')
  pool.trackRequestStart('a')
  await first.reached
  await sleep(50)
  pool.trackRequestStart('a')
  expect(oldest(pool)).toBeGreaterThanOrEqual(50)
  const between = clock.now()
  const second = held.holdBefore('setMany')
  first.release()
  await second.reached
  pool.trackRequestStart('a')
  expect(oldest(pool)).toBeGreaterThan(0)
  const third = held.holdBefore('setMany')
  second.release()
  await third.reached
  expect(oldest(pool)).toBeLessThanOrEqual(clock.now() - between)
  third.release()
})

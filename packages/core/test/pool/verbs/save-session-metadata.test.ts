import { expect, test } from 'vitest'
import { memoryHost } from '../../../src/testing.ts'
import { heldStore } from '../../support/held-store.ts'
import { makePool } from '../../support/pools.ts'
import { clock } from '../../support/time.ts'

test('a save waits for the store that a switch backfills, so that the record is in it once it is active', async () => {
  const [first, second] = [heldStore(), heldStore()]
  const deadlines = { callTimeoutMs: 20_000, saveTimeoutMs: 20_000, flushIntervalMs: 60_000 }
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: 'memory', ...deadlines } })
  await pool.start()
  await pool.switchStore(first.store)
  // The first write to the new store is the probe, the second is the backfill.
  second.holdBefore('setMany').release()
  const filling = second.holdBefore('setMany')
  await pool.getOrCreateSession('a')
  const switching = pool.switchStore(second.store, { timeoutMs: 20_000 })
  await filling.reached
  const saving = pool.saveSessionMetadata('a')
  await new Promise((resolve) => setImmediate(resolve))
  filling.release()
  expect((await saving).stores.toSorted()).toEqual(['held', 'held#2'])
  await switching
})

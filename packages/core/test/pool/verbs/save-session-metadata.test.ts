import { expect, test } from 'vitest'
import { memoryHost } from '../../../src/testing.ts'
import { heldStore } from '../../support/held-store.ts'
import { makePool } from '../../support/pools.ts'
import { clock } from '../../support/time.ts'

test('a save waits for the store that a switch is filling, so that it is in there once that is in force', async () => {
  const [first, second] = [heldStore(), heldStore()]
  const deadlines = { callTimeoutMs: 20_000, saveTimeoutMs: 20_000, flushIntervalMs: 60_000 }
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: 'memory', ...deadlines } })
  await pool.start()
  await pool.switchStore(first.store)
  // The trial of the new store writes first, then what lives is written.
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

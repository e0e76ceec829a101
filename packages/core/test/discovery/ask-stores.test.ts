import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { memoryHost } from '../../src/index.ts'
import { heldStore } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'

test('every discovery of a pool without the lock has the answer of its store', async () => {
  const held = heldStore()
  held.lock()
  const { pool } = makePool({ host: memoryHost(), metadata: { store: held.store, lockRetryMs: 1 } })
  await pool.start()
  const states: unknown[] = []
  for (let i = 0; i < 60; i += 1) {
    states.push((await pool.discoverExistingSessions()).stores[0]?.state)
    // So that the tries for the lock, which are 1 ms apart, come between.
    await sleep(1)
  }
  expect(new Set(states)).toEqual(new Set(['answered']))
})

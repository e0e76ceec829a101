import { expect, test } from 'vitest'
import { memoryHost } from '../../src/testing.ts'
import { heldStore } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock } from '../support/time.ts'

const poolOn = (held = heldStore()) =>
  makePool({ host: memoryHost({ clock }), metadata: { store: held.store, callTimeoutMs: 5000, attachTimeoutMs: 5000 } })
    .pool

test('persistence() of a stopped pool has the reason stopped', async () => {
  const pool = poolOn()
  await pool.start()
  expect(pool.persistence().effective.reason).toBe('ok')
  await pool.stop()
  expect(pool.persistence().effective).toMatchObject({ reason: 'stopped', stores: ['memory'] })
})

test('start() rejects POOL_STOPPED when stop() is called meanwhile', async () => {
  const held = heldStore()
  const pool = poolOn(held)
  const opening = held.holdBefore('open')
  const starting = pool.start()
  const outcome = expect(starting).rejects.toMatchObject({ code: 'POOL_STOPPED' })
  await opening.reached
  const stopping = pool.stop({ timeoutMs: 3000 })
  opening.release()
  await outcome
  await stopping
  expect(pool.getStats().started).toBe(false)
  await expect(pool.start()).rejects.toMatchObject({ code: 'POOL_STOPPED' })
})

import { systemClock } from '@sessionkeep/contracts/internal'
import { memoryHost } from '@sessionkeep/contracts/testing'
import { drill } from '@sessionkeep/drill'
import { expect, test, vi } from 'vitest'
import { heldStore } from '../../core/test/support/held-store.ts'
import { poolOn, stored } from '../../core/test/support/one-session.ts'
import { makePool } from '../../core/test/support/pools.ts'

test('a drill reports why the selection was not restored when the switch of another caller does not end', async () => {
  const [first, other] = [heldStore(), heldStore()]
  const LONG = { callTimeoutMs: 600_000, attachTimeoutMs: 600_000 }
  const { pool } = makePool({ host: memoryHost(), clock: systemClock, metadata: { store: first.store, ...LONG } })
  await pool.start()
  const held = other.holdBefore('open')
  let switching: Promise<unknown> | undefined
  pool.on('store:switched', ({ to }) => {
    if (to.includes('memory')) switching ??= pool.switchStore(other.store, { timeoutMs: 600_000 })
  })
  const report = await drill(pool, { sessions: 1, requestsPerSecond: 50, stepMs: 30, timeoutMs: 50 })
  const message = expect.stringContaining('a switch to held is running')
  expect(report).toMatchObject({ ok: false, restored: 'failed' })
  expect(report.errors).toContainEqual(expect.objectContaining({ during: 'restore', message }))
  held.release()
  await switching
})

test('a drill whose store cannot be opened again reports that, and tries again in the background', async () => {
  const first = heldStore()
  const { pool } = await poolOn(first.store, 3)
  await pool.saveSessionMetadata('a')
  const switched = new Promise<void>((resolve) => {
    // The drill has detached the store; from now on it cannot be opened.
    pool.on('store:switched', ({ to }) => {
      if (!to.includes('memory')) return
      first.fail('open')
      resolve()
    })
  })
  const drilling = drill(pool, { sessions: 1, requestsPerSecond: 50, stepMs: 30, timeoutMs: 50 })
  await switched
  expect(await drilling).toMatchObject({ restored: 'failed' })
  first.mend()
  await vi.waitFor(() => expect(pool.persistence()).toMatchObject({ effective: { stores: ['held'], reason: 'ok' } }), {
    timeout: 20_000,
  })
  await vi.waitFor(async () => expect(await stored(first)).toBe(3))
})

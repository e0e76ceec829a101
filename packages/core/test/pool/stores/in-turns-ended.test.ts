import { expect, test, vi } from 'vitest'
import { memoryHost } from '../../../src/testing.ts'
import { heldStore } from '../../support/held-store.ts'
import { count, stored } from '../../support/one-session.ts'
import { makePool } from '../../support/pools.ts'

const WAIT = { timeout: 10_000, interval: 2 }

test('the last record of a session that ended while its store was detached counts no request twice', async () => {
  const host = memoryHost()
  host.control.add('claude-a')
  const held = heldStore()
  const { pool } = makePool({
    host,
    livenessIntervalMs: 600_000,
    metadata: { store: held.store, saveTimeoutMs: 5000, callTimeoutMs: 5000 },
  })
  await pool.start()
  count(pool, 4)
  await pool.saveSessionMetadata('a')
  await pool.rollback()
  await vi.waitFor(() => expect(held.isOpen()).toBe(false), WAIT)
  const last = (await held.stored()).get('claude-a')
  // Another run continued from that record.
  await held.overwrite({ ...last, run: 'other', revision: 1000, totalRequests: 7 })
  await held.store.close?.()
  count(pool, 1)
  host.control.exit('claude-a')
  await pool.switchStore(held.store)
  await vi.waitFor(async () =>
    expect((await held.stored()).get('claude-a')).toMatchObject({ expiresAt: expect.any(Number) }),
  )
  expect(await stored(held)).toBe(8)
})

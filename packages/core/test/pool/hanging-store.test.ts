import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createSessionPool, memoryHost } from '../../src/index.ts'
import { heldStore, silentLogger } from '../support/held-store.ts'

const LONG = 60_000

/** Generous, and far below the deadline of the store call that hangs. */
const soon = async (call: Promise<unknown>) =>
  Promise.race([call.then(() => 'answered'), delay(3000, 'still waiting', { ref: false })])

async function withHangingRead() {
  const host = memoryHost()
  const held = heldStore()
  const pool = createSessionPool({
    host,
    metadata: { store: held.store, flushIntervalMs: 5, callDeadlineMs: LONG },
    livenessIntervalMs: 20,
    logger: silentLogger,
  })
  await pool.start()
  await pool.getOrCreateSession('a')
  const reading = held.holdBefore('getMany')
  const discovery = pool.discoverExistingSessions()
  await reading.reached
  onTestFinished(async () => {
    reading.release()
    await discovery
    await pool.stop()
  })
  await delay(50)
  return { pool, host }
}

test('getOrCreateSession of a living session does not wait for a store that hangs', async () => {
  const { pool } = await withHangingRead()
  expect(await soon(pool.getOrCreateSession('a'))).toBe('answered')
})

test('a session that ends is noticed while a store hangs', async () => {
  const { pool, host } = await withHangingRead()
  await host.kill({ sessionName: 'claude-a' })
  await vi.waitFor(() => expect(pool.getSession('a')).toBeUndefined(), { timeout: 3000 })
})

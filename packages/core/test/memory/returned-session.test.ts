import { expect, test, vi } from 'vitest'
import { memoryHost, type SessionHost } from '../../src/index.ts'
import { heldStore } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'

test('a session that comes back while its end is being written keeps what was acknowledged', async () => {
  const inner = memoryHost()
  const screen = { hidden: false }
  const host: SessionHost = {
    ...inner,
    list: async () => (await inner.list()).map((session) => ({ ...session, exited: screen.hidden })),
  }
  const held = heldStore()
  const { pool } = makePool({ host, metadata: { store: held.store, callDeadlineMs: 5000, attachDeadlineMs: 5000 } })
  await pool.start()
  await pool.getOrCreateSession('a')
  for (let i = 0; i < 9; i += 1) await pool.withRequest('a', () => undefined)
  await pool.saveSessionMetadata('a')
  const writing = held.holdBefore('setMany')
  screen.hidden = true
  await vi.waitFor(() => expect(pool.getSession('a')).toBeUndefined())
  await writing.reached
  const reading = held.holdBefore('getMany')
  screen.hidden = false
  const d = pool.discoverExistingSessions()
  await reading.reached
  writing.release()
  await vi.waitFor(() => expect(pool.persistence().stores[0]?.dirty).toBe(0))
  reading.release()
  await d
  await vi.waitFor(() => expect(pool.getSession('a')?.verified).toBe(true))
  await pool.saveSessionMetadata('a')
  expect((await held.stored()).get('claude-a')?.totalRequests).toBe(9)
})

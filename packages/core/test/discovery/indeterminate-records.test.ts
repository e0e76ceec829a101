import { expect, test, vi } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { heldStore } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'

test('while a record cannot be read, a session without a record stays unverified, since it may have been renamed', async () => {
  const [host, inner] = [memoryHost(), memoryStore()]
  const earlier = makePool({ host, metadata: { store: inner } }).pool
  await earlier.start()
  await earlier.getOrCreateSession('a')
  for (let i = 0; i < 42; i += 1) earlier.trackRequestStart('a')
  await earlier.stop()
  host.control.rename('claude-a', 'claude-moved')

  const held = heldStore(inner)
  held.failName('getMany', 'claude-a')
  const { pool } = makePool({ host, metadata: { store: held.store } })
  const outcomes: string[] = []
  pool.on('session:adopted', ({ outcome }) => outcomes.push(outcome))
  await pool.start()
  await vi.waitFor(() => expect(pool.listSessions()).toHaveLength(1))
  await pool.discoverExistingSessions()
  expect(pool.listSessions()).toMatchObject([{ sessionName: 'claude-moved', verified: false, totalRequests: 0 }])
  expect(outcomes).toEqual(['unverified'])

  held.mend()
  await vi.waitFor(() => expect(pool.listSessions()).toMatchObject([{ verified: true, totalRequests: 42 }]))
  expect(outcomes).toEqual(['unverified'])
  await vi.waitFor(async () => expect([...(await held.stored()).keys()]).toEqual(['claude-moved']))
})

import { expect, test } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { heldStore } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, until } from '../support/time.ts'

test('while a record cannot be read, a session without a record stays unverified, since it may have been renamed', async () => {
  const [host, inner] = [memoryHost({ clock }), memoryStore()]
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
  await until(() => expect(pool.listSessions()).toHaveLength(1))
  await pool.discoverExistingSessions()
  expect(pool.listSessions()).toMatchObject([{ sessionName: 'claude-moved', verified: false, totalRequests: 0 }])
  expect(outcomes).toEqual(['unverified'])

  held.mend()
  await until(() => expect(pool.listSessions()).toMatchObject([{ verified: true, totalRequests: 42 }]))
  expect(outcomes).toEqual(['unverified'])
  await until(async () => expect([...(await held.stored()).keys()]).toEqual(['claude-moved']))
})

import { expect, test } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { heldStore, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep, until } from '../support/time.ts'

test('a pool without the lock reads its store in every discovery pass', async () => {
  const held = heldStore()
  held.lock()
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: held.store, lockRetryMs: 1 } })
  await pool.start()
  const states: unknown[] = []
  for (let i = 0; i < 60; i += 1) {
    states.push((await pool.discoverExistingSessions()).stores[0]?.state)
    // The attempts to get the lock, every 1 ms, run in between.
    await sleep(1)
  }
  expect(new Set(states)).toEqual(new Set(['answered']))
})

test('a session that is created during a join does not overwrite a record that the store cannot read', async () => {
  const inner = memoryStore()
  const held = heldStore(inner)
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: 'memory', callTimeoutMs: 5000 } })
  await pool.start()
  await pool.getOrCreateSession('a')
  // The first read is that of the probe.
  held.holdBefore('getMany').release()
  const reading = held.holdAfter('getMany')
  reading.release()
  const joining = held.holdBefore('getMany')
  const switching = Promise.allSettled([pool.switchStore(held.store)])
  await joining.reached
  await pool.getOrCreateSession('b')
  const newer = record('claude-b', { schemaVersion: 99, totalRequests: 7 })
  await inner.setMany(new Map([['claude-b', newer]]), { signal: new AbortController().signal })
  held.failName('getMany', 'claude-b')
  joining.release()
  await switching
  await pool.trackRequestStart('b')
  await sleep(50)
  expect((await held.stored()).get('claude-b')).toEqual(newer)
  held.mend()
  await until(() => expect(pool.persistence().switching).toBeUndefined())
})

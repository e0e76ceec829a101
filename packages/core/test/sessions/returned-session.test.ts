import { expect, test } from 'vitest'
import type { SessionHost } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { heldStore } from '../support/held-store.ts'
import { count } from '../support/one-session.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep, until } from '../support/time.ts'

test('a session that returns while its end is being written keeps the acknowledged record', async () => {
  const inner = memoryHost({ clock })
  const screen = { hidden: false }
  const host: SessionHost = {
    ...inner,
    list: async () => (await inner.list()).map((session) => ({ ...session, exited: screen.hidden })),
  }
  const held = heldStore()
  const { pool } = makePool({ host, metadata: { store: held.store, callTimeoutMs: 5000, attachTimeoutMs: 5000 } })
  await pool.start()
  await pool.getOrCreateSession('a')
  for (let i = 0; i < 9; i += 1) await pool.withRequest('a', () => undefined)
  await pool.saveSessionMetadata('a')
  const writing = held.holdBefore('setMany')
  screen.hidden = true
  await until(() => expect(pool.getSession('a')).toBeUndefined())
  await writing.reached
  const reading = held.holdBefore('getMany')
  screen.hidden = false
  const d = pool.discoverExistingSessions()
  await reading.reached
  writing.release()
  await until(() => expect(pool.persistence().stores[0]?.dirty).toBe(0))
  reading.release()
  await d
  await until(() => expect(pool.getSession('a')?.verified).toBe(true))
  await pool.saveSessionMetadata('a')
  expect((await held.stored()).get('claude-a')?.totalRequests).toBe(9)
})

test('the requests of a session that counted as ended and returned are not counted twice', async () => {
  const first = heldStore()
  const host = memoryHost({ clock })
  let hidden = false
  const { pool } = makePool({
    host: { ...host, list: async () => (hidden ? [] : host.list()) },
    metadata: { store: first.store },
  })
  await pool.start()
  await pool.getOrCreateSession('a')
  count(pool, 5)
  await pool.saveSessionMetadata('a')
  await pool.switchStore('none')
  hidden = true
  await until(() => expect(pool.getSession('a')).toBeUndefined())
  await sleep(50)
  hidden = false
  await until(() => expect(pool.getSession('a')).toBeDefined())
  count(pool, 1)
  await sleep(100)
  await pool.switchStore('auto')
  expect(pool.getSession('a')?.totalRequests).toBe(6)
})

import { expect, test, vi } from 'vitest'
import { memoryStore, PoolError, type SessionHost } from '../../../src/index.ts'
import { memoryHost } from '../../../src/testing.ts'
import { gate } from '../../support/gate.ts'
import { makePool } from '../../support/pools.ts'
import { clock } from '../../support/time.ts'

test('maxSessions holds while an exited session is being replaced', async () => {
  const inner = memoryHost({ clock })
  await inner.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  inner.control.exit('claude-a')
  const replacing = gate()
  const go = gate()
  const host: SessionHost = {
    ...inner,
    kill: async (ref) => {
      replacing.open()
      await go.opened
      return inner.kill(ref)
    },
  }
  const { pool } = makePool({ host, metadata: { store: memoryStore() }, maxSessions: 1, livenessIntervalMs: 5000 })
  await pool.start()
  const a = pool.getOrCreateSession('a')
  await replacing.opened
  const b = pool.getOrCreateSession('b')
  b.then(go.open, go.open)
  await expect(b).rejects.toMatchObject({ code: 'SESSION_LIMIT' })
  expect(await a).toMatchObject({ workspace: 'a' })
  expect(pool.listSessions()).toHaveLength(1)
})

test('a session that is not ready and cannot be killed is not returned by the next call', async () => {
  const inner = memoryHost({ clock })
  let refuses = true
  const host: SessionHost = {
    ...inner,
    kill: async (ref) => {
      if (refuses) throw Object.assign(new Error('down'), { code: 'HOST_UNAVAILABLE' })
      return inner.kill(ref)
    },
  }
  const ready = vi.fn(() => Promise.reject(new Error('no')))
  const { pool } = makePool({ host, metadata: { store: memoryStore() }, ready })
  await pool.start()
  const message = 'The session of a was created, did not become ready, and could not be ended: no'
  await expect(pool.getOrCreateSession('a')).rejects.toMatchObject({ code: 'SESSION_NOT_READY', message })
  await pool.discoverExistingSessions()
  await expect(pool.getOrCreateSession('a')).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })
  refuses = false
})

test('a launch that fails is named as the reason, and the place of the session is free again', async () => {
  let thrown: Error | undefined = new Error('mine')
  const { pool } = makePool({
    host: memoryHost({ clock }),
    metadata: { store: memoryStore() },
    maxSessions: 1,
    launch: () => {
      if (thrown) throw thrown
      return {}
    },
  })
  await pool.start()
  await expect(pool.getOrCreateSession('a')).rejects.toMatchObject({
    code: 'SESSION_NOT_READY',
    message: 'launch() of a failed: mine; no command was started.',
    cause: thrown,
  })
  thrown = new PoolError('SESSION_DRAINING', 'Not now.')
  await expect(pool.getOrCreateSession('a')).rejects.toBe(thrown)
  thrown = undefined
  expect(await pool.getOrCreateSession('b')).toMatchObject({ workspace: 'b' })
})

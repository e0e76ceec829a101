import { expect, test, vi } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { gate } from '../support/gate.ts'
import { fill, heldStore, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, until } from '../support/time.ts'

const { signal } = new AbortController()

test('the record says that a session is being deleted before the host is told to kill it', async () => {
  const inner = memoryHost({ clock })
  const store = memoryStore()
  const seen: unknown[] = []
  const kill: typeof inner.kill = async (ref) => {
    seen.push((await store.getMany(['claude-a'], { signal })).get('claude-a'))
    await inner.kill(ref)
  }
  const { pool } = makePool({ host: { ...inner, kill }, metadata: { store } })
  await pool.getOrCreateSession('a')
  await pool.deleteSession('a')
  expect(seen).toMatchObject([{ ended: { cause: 'deleted' } }])
  expect(seen[0]).not.toHaveProperty('expiresAt')
  expect((await store.getMany(['claude-a'], { signal })).size).toBe(0)
})

test.each(['deleted', 'terminated', 'idle'])(
  'the record of a session that was being %s when its gateway was killed is removed, and never looks lost',
  async (cause) => {
    const held = heldStore()
    await fill(held.store, [record('claude-a', { incarnation: 'former', ended: { at: 2000, cause } })])
    const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: held.store } })
    const ended = vi.fn()
    pool.on('session:ended', ended)
    await pool.start()
    expect(pool.listEnded()).toEqual([])
    expect((await pool.planResume()).resume).toEqual([])
    await until(async () => expect((await held.stored()).size).toBe(0))
    expect(ended.mock.calls).toMatchObject([[{ session: { workspace: 'a' }, ended: { cause } }]])
  },
)

test('a session that lives although its record says that it was being deleted is kept, and the record is put right', async () => {
  const host = memoryHost({ clock })
  const held = heldStore()
  const { incarnation } = await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  const ended = { at: 2000, cause: 'deleted' }
  await fill(held.store, [record('claude-a', { incarnation, ended, totalRequests: 7 })])
  const { pool } = makePool({ host, metadata: { store: held.store } })
  await pool.start()
  expect(pool.getSession('a')).toMatchObject({ totalRequests: 7 })
  await until(async () => expect((await held.stored()).get('claude-a')).not.toHaveProperty('ended'))
})

test('a session that could not be killed goes on, and its record does not say for long that it is being deleted', async () => {
  const inner = memoryHost({ clock })
  const store = memoryStore()
  const kill = vi.fn(() => Promise.reject(new Error('no')))
  const { pool } = makePool({ host: { ...inner, kill }, metadata: { store } })
  await pool.start()
  await pool.getOrCreateSession('a')
  await expect(pool.deleteSession('a')).rejects.toMatchObject({ code: 'HOST_REFUSED' })
  await until(async () =>
    expect((await store.getMany(['claude-a'], { signal })).get('claude-a')).not.toHaveProperty('ended'),
  )
  expect(pool.getSession('a')).toBeDefined()
})

test('a session that is gone after a kill whose answer was lost counts as deleted', async () => {
  const inner = memoryHost({ clock })
  const store = memoryStore()
  const kill: typeof inner.kill = async (ref) => {
    await inner.kill(ref)
    throw new Error('the answer was lost')
  }
  const { pool } = makePool({ host: { ...inner, kill }, metadata: { store } })
  await pool.start()
  await pool.getOrCreateSession('a')
  await expect(pool.deleteSession('a')).rejects.toThrow('the answer was lost')
  await until(() => expect(pool.getSession('a')).toBeUndefined())
  expect(pool.listEnded()).toEqual([])
  await until(async () => expect((await store.getMany(['claude-a'], { signal })).size).toBe(0))
})

test('deleting waits for a store that hangs no longer than the time-out of an acknowledgement', async () => {
  const inner = memoryStore()
  const go = gate()
  let isHeld = false
  const setMany: typeof inner.setMany = async (...args) => {
    if (isHeld) await go.opened
    return inner.setMany(...args)
  }
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: { ...inner, setMany } } })
  await pool.start()
  await pool.getOrCreateSession('a')
  isHeld = true
  await pool.deleteSession('a')
  expect(pool.getSession('a')).toBeUndefined()
  go.open()
})

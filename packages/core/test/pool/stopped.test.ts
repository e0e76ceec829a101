import { expect, test, vi } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { gate } from '../support/gate.ts'
import { heldStore } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep, until } from '../support/time.ts'

const poolOn = (held = heldStore()) =>
  makePool({ host: memoryHost({ clock }), metadata: { store: held.store, callTimeoutMs: 5000, attachTimeoutMs: 5000 } })
    .pool

test('persistence() of a stopped pool has the reason stopped', async () => {
  const pool = poolOn()
  await pool.start()
  expect(pool.persistence().effective.reason).toBe('ok')
  await pool.stop()
  expect(pool.persistence().effective).toMatchObject({ reason: 'stopped', stores: ['memory'] })
})

test('start() rejects POOL_STOPPED when stop() is called meanwhile', async () => {
  const held = heldStore()
  const pool = poolOn(held)
  const opening = held.holdBefore('open')
  const starting = pool.start()
  const outcome = expect(starting).rejects.toMatchObject({ code: 'POOL_STOPPED' })
  await opening.reached
  const stopping = pool.stop({ timeoutMs: 3000 })
  opening.release()
  await outcome
  await stopping
  expect(pool.getStats().started).toBe(false)
  await expect(pool.start()).rejects.toMatchObject({ code: 'POOL_STOPPED' })
})

test('a session whose creation ends after stop() has reported is not handed out, and the next pool finds it', async () => {
  const [host, store, isReady] = [memoryHost({ clock }), memoryStore(), gate()]
  const { pool } = makePool({ host, metadata: { store }, ready: () => isReady.opened })
  const told = vi.fn()
  pool.on('session:created', told)
  await pool.start()
  const creating = pool.getOrCreateSession('a', { attributes: { conversation: 'a1b2' } })
  const refused = expect(creating).rejects.toMatchObject({ code: 'POOL_STOPPED' })
  await until(async () => expect(await host.list()).toHaveLength(1))
  expect(await pool.stop({ timeoutMs: 50 })).toEqual({ saved: 0, unsaved: [] })
  isReady.open()
  await refused
  expect(told).not.toHaveBeenCalled()
  expect(pool.listSessions()).toEqual([])
  const { pool: next } = makePool({ host, metadata: { store } })
  await next.start()
  expect(next.listSessions()).toMatchObject([{ workspace: 'a', origin: 'stamp' }])
})

test('what a listing under way finds when the pool has stopped is left to the next pool', async () => {
  const inner = memoryHost({ clock })
  const [asked, answer] = [gate(), gate()]
  let isHeld = false
  const list = async () => {
    if (!isHeld) return inner.list()
    asked.open()
    await answer.opened
    return inner.list()
  }
  const store = memoryStore()
  const { pool } = makePool({ host: { ...inner, list }, metadata: { store } })
  const told = vi.fn()
  for (const event of ['session:gone', 'session:adopted'] as const) pool.on(event, told)
  await pool.start()
  await pool.getOrCreateSession('a')
  isHeld = true
  await asked.opened
  expect(await pool.stop()).toEqual({ saved: 1, unsaved: [] })
  inner.control.exit('claude-a', { exitCode: 3 })
  await inner.create('claude-b', { pool: 'claude-', workspace: 'b', createdAt: clock.date() })
  answer.open()
  await sleep(100)
  expect(told).not.toHaveBeenCalled()
  expect(await inner.list()).toMatchObject([{ sessionName: 'claude-a', exited: true }, { sessionName: 'claude-b' }])
  const { pool: next } = makePool({ host: inner, metadata: { store } })
  next.on('session:gone', told)
  await next.start()
  await until(() => expect(told.mock.calls).toMatchObject([[{ session: { workspace: 'a', ended: { exitCode: 3 } } }]]))
})

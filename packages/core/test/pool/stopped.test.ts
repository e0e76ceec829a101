import type { SessionHost } from '@sessionkeep/contracts/host'
import { expect, onTestFinished, test, vi } from 'vitest'
import { memoryStore, noneStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { gate } from '../support/gate.ts'
import { heldStore, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep, until } from '../support/time.ts'

type Pool = ReturnType<typeof makePool>['pool']

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

test.each([
  ['in memory', memoryStore],
  ['none', noneStore],
])(
  'what a listing under way finds when the pool has stopped is left to the next pool; store: %s',
  async (_, makeStore) => {
    const inner = memoryHost({ clock })
    const [asked, answer] = [gate(), gate()]
    let isHeld = false
    const list = async () => {
      if (!isHeld) return inner.list()
      asked.open()
      await answer.opened
      return inner.list()
    }
    const store = makeStore()
    const { pool } = makePool({ host: { ...inner, list }, metadata: { store } })
    const told = vi.fn()
    for (const event of ['session:gone', 'session:adopted'] as const) pool.on(event, told)
    await pool.start()
    await pool.getOrCreateSession('a')
    isHeld = true
    await asked.opened
    await pool.stop()
    inner.control.exit('claude-a', { exitCode: 3 })
    await inner.create('claude-b', { pool: 'claude-', workspace: 'b', createdAt: clock.date() })
    answer.open()
    await sleep(100)
    expect(told).not.toHaveBeenCalled()
    expect(await inner.list()).toMatchObject([{ sessionName: 'claude-a', exited: true }, { sessionName: 'claude-b' }])
    const { pool: next } = makePool({ host: inner, metadata: { store } })
    next.on('session:gone', told)
    await next.start()
    await until(() =>
      expect(told.mock.calls).toMatchObject([[{ session: { workspace: 'a', ended: { exitCode: 3 } } }]]),
    )
  },
)

test('a pass that notes ended sessions while stop() makes its report emits nothing after it, and the next pool reports the rest', async () => {
  const [host, store] = [memoryHost({ clock }), memoryStore()]
  const names = Array.from({ length: 300 }, (_, at) => `claude-${at}`)
  const { pool } = makePool({ host, metadata: { store }, livenessIntervalMs: 60_000 })
  await pool.start()
  const records = names.map((name) => [name, record(name, { incarnation: `gone-${name}` })] as const)
  await store.setMany(new Map(records), { signal: new AbortController().signal })
  const [told, late] = [new Set<string>(), vi.fn()]
  pool.on('session:ended', ({ session }) => {
    told.add(session.sessionName)
    // The pass still has most of the ended sessions before it.
    if (told.size === 1) void pool.stop({ timeoutMs: 50 }).then(() => pool.on('*', late))
  })
  await pool.discoverExistingSessions()
  await pool.stop()
  await sleep(100)
  expect(late).not.toHaveBeenCalled()
  expect(told.size).toBeLessThan(names.length)
  const { pool: next } = makePool({ host, metadata: { store } })
  next.on('session:ended', ({ session }) => void told.add(session.sessionName))
  await next.start()
  expect(told).toEqual(new Set(names))
})

test('a listing that fails after stop() has reported emits nothing', async () => {
  const inner = memoryHost({ clock })
  const [asked, answer] = [gate(), gate()]
  let isHeld = false
  const list = async () => {
    if (!isHeld) return inner.list()
    asked.open()
    await answer.opened
    throw new Error('no answer')
  }
  const { pool } = makePool({ host: { ...inner, list }, metadata: { store: memoryStore() } })
  await pool.start()
  isHeld = true
  await asked.opened
  await pool.stop()
  const late = vi.fn()
  pool.on('*', late)
  answer.open()
  await sleep(100)
  expect(late).not.toHaveBeenCalled()
})

test('a session whose deletion still waits for a store when stop() ends is not killed, and the next pool has it', async () => {
  const [host, inner] = [memoryHost({ clock }), memoryStore()]
  const held = heldStore(inner)
  const metadata = { store: held.store, ackTimeoutMs: 60_000, callTimeoutMs: 60_000 }
  const { pool } = makePool({ host, metadata })
  await pool.start()
  await pool.getOrCreateSession('a')
  const writing = held.holdBefore('setMany')
  const deleting = pool.deleteSession('a')
  const refused = expect(deleting).rejects.toMatchObject({ code: 'POOL_STOPPED' })
  await writing.reached
  await pool.stop({ timeoutMs: 50 })
  writing.release()
  await refused
  expect(await host.list()).toMatchObject([{ sessionName: 'claude-a' }])
  const { pool: next } = makePool({ host, metadata: { store: inner } })
  await next.start()
  expect(next.listSessions()).toMatchObject([{ workspace: 'a' }])
})

test('launch answers a creation or a respawn after stop() has reported: no command is started, and none is ended', async () => {
  const [inner, asked, answer] = [memoryHost({ clock }), gate(), gate()]
  const respawn = vi.fn(inner.respawn)
  let isHeld = false
  const launch = async () => {
    if (!isHeld) return {}
    asked.open()
    await answer.opened
    return {}
  }
  const { pool } = makePool({ host: { ...inner, respawn }, metadata: { store: 'memory' }, launch })
  await pool.start()
  await pool.getOrCreateSession('a')
  isHeld = true
  const late = [pool.getOrCreateSession('b'), pool.respawn('a')]
  const refused = Promise.all(late.map((one) => expect(one).rejects.toMatchObject({ code: 'POOL_STOPPED' })))
  await asked.opened
  await pool.stop({ timeoutMs: 50 })
  answer.open()
  await refused
  expect((await inner.list()).map(({ workspace }) => workspace)).toEqual(['a'])
  expect(respawn).not.toHaveBeenCalled()
})

test('a respawn that waits in the host is given up as soon as the pool is stopped', async () => {
  const [inner, waiting] = [memoryHost({ clock }), gate()]
  const respawn: typeof inner.respawn = (_, { signal }) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason))
      waiting.open()
    })
  const { pool } = makePool({ host: { ...inner, respawn }, metadata: { store: 'memory' } })
  await pool.start()
  await pool.getOrCreateSession('a')
  const refused = expect(pool.respawn('a')).rejects.toMatchObject({ code: 'POOL_STOPPED' })
  await waiting.opened
  await pool.stop({ timeoutMs: 3000 })
  await refused
})

test.each([
  ['a text', (pool: Pool) => pool.sendText('a', 'x')],
  ['keys', (pool: Pool) => pool.sendKeys('a', ['x'])],
])(
  '%s that wait in the host are given up as soon as the pool is stopped, without a warning however many wait',
  async (_, call) => {
    const [inner, waiting] = [memoryHost({ clock }), gate()]
    let count = 0
    const wait = (signal: AbortSignal | undefined) =>
      new Promise<never>((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
        count += 1
        if (count === 20) waiting.open()
      })
    const host: SessionHost = {
      ...inner,
      sendText: (_session, _text, { signal } = {}) => wait(signal),
      sendKeys: (_session, _keys, { signal } = {}) => wait(signal),
    }
    const { pool } = makePool({ host, metadata: { store: 'memory' } })
    const warned = vi.spyOn(process, 'emitWarning')
    onTestFinished(() => warned.mockRestore())
    await pool.start()
    await pool.getOrCreateSession('a')
    const calls = Array.from({ length: 20 }, () => call(pool))
    const refused = Promise.all(calls.map((one) => expect(one).rejects.toMatchObject({ code: 'POOL_STOPPED' })))
    await waiting.opened
    await pool.stop({ timeoutMs: 3000 })
    await refused
    expect(warned).not.toHaveBeenCalled()
  },
)

test.each([
  ['deleteSession()', (pool: Pool) => pool.deleteSession('a')],
  ['resumeSession()', (pool: Pool) => pool.resumeSession('a')],
])('%s that looks for a session when stop() ends does not say that there is none', async (_, call) => {
  const [inner, asked, answer] = [memoryHost({ clock }), gate(), gate()]
  await inner.create('claude-a', { pool: 'claude-', workspace: 'a', createdAt: clock.date() })
  const list = async () => {
    asked.open()
    await answer.opened
    return inner.list()
  }
  const { pool } = makePool({ host: { ...inner, list }, metadata: { store: 'memory' } })
  const refused = expect(call(pool)).rejects.toMatchObject({ code: 'POOL_STOPPED' })
  await asked.opened
  await pool.stop({ timeoutMs: 50 })
  answer.open()
  await refused
  expect(await inner.list()).toHaveLength(1)
})

test('a deletion that stop() did not wait for leaves the last screen of a command that had ended', async () => {
  const [inner, asked, answer] = [memoryHost({ clock }), gate(), gate()]
  let isHeld = false
  const list = async () => {
    if (isHeld) {
      asked.open()
      await answer.opened
    }
    return inner.list()
  }
  const kill = vi.fn(inner.kill)
  const host = { ...inner, list, kill, bury: async () => undefined }
  const { pool } = makePool({ host, metadata: { store: 'memory' }, livenessIntervalMs: 60_000 })
  await pool.start()
  await pool.getOrCreateSession('a')
  inner.control.exit('claude-a', { at: clock.date(), exitCode: 0 })
  await pool.discoverExistingSessions()
  expect(pool.getSession('a')).toBeUndefined()
  isHeld = true
  const deleting = expect(pool.deleteSession('a')).rejects.toMatchObject({ code: 'POOL_STOPPED' })
  await asked.opened
  await pool.stop({ timeoutMs: 50 })
  answer.open()
  await deleting
  expect(kill).not.toHaveBeenCalled()
})

test('a store that was rolled back and hangs gets nothing more once stop() has reported', async () => {
  const held = heldStore()
  const metadata = { store: held.store, callTimeoutMs: 60_000 }
  const { pool } = makePool({ host: memoryHost({ clock }), metadata })
  await pool.start()
  const names = Array.from({ length: 40 }, (_, at) => `w${at}`)
  for (const name of names) await pool.getOrCreateSession(name)
  const writing = held.holdBefore('setMany')
  for (const name of names) pool.trackRequestStart(name)
  await writing.reached
  await pool.rollback()
  await pool.stop({ timeoutMs: 50 })
  const before = held.log.length
  writing.release()
  await until(() => expect(held.isOpen()).toBe(false))
  // The call that hung ends, and no other follows it.
  expect(held.log.slice(before)).toEqual(['setMany'])
})

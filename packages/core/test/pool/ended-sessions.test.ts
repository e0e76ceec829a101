import { describe, expect, test, vi } from 'vitest'
import type { SessionEnd } from '../../src/host.ts'
import { memoryStore, type SessionHost } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { gate } from '../support/gate.ts'
import { heldStore } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, until } from '../support/time.ts'

const end: SessionEnd = { at: 1_700_000_000_000, exitCode: 137, screen: 'out of memory' }
const { signal } = new AbortController()
const recordIn = async (store: ReturnType<typeof memoryStore>) =>
  (await store.getMany(['claude-a'], { signal })).get('claude-a')

describe('a session whose command ends', () => {
  test('leaves a record and an event with exit code, time and last lines, and is cleared away', async () => {
    const host = memoryHost({ clock })
    const store = memoryStore()
    const { pool } = makePool({ host, metadata: { store } })
    const gone = vi.fn()
    pool.on('session:gone', gone)
    await pool.start()
    await pool.getOrCreateSession('a')
    host.control.exit('claude-a', end)
    await until(async () => expect(await host.list()).toEqual([]))
    const ended = { ...end, cause: 'exited' }
    expect(gone.mock.calls).toMatchObject([[{ reason: 'gone', session: { workspace: 'a', ended } }]])
    expect(await recordIn(store)).toMatchObject({ ended, expiresAt: expect.any(Number) })
  })

  test('is cleared away only after a store has its end', async () => {
    const host = memoryHost({ clock })
    const inner = memoryStore()
    const writing = gate()
    const go = gate()
    let isHeld = false
    const store = {
      ...inner,
      setMany: async (...args: Parameters<typeof inner.setMany>) => {
        if (isHeld) {
          writing.open()
          await go.opened
        }
        return inner.setMany(...args)
      },
    }
    const { pool } = makePool({ host, metadata: { store, ackTimeoutMs: 60_000, callTimeoutMs: 60_000 } })
    await pool.start()
    await pool.getOrCreateSession('a')
    isHeld = true
    host.control.exit('claude-a', end)
    await writing.opened
    await clock.advance(200)
    expect(await host.list()).toHaveLength(1)
    go.open()
    await until(async () => expect(await host.list()).toEqual([]))
  })

  test.each([
    ['fails', (held: ReturnType<typeof heldStore>) => held.fail('open', 'getMany', 'setMany')],
    ['is locked by another gateway', (held: ReturnType<typeof heldStore>) => held.lock()],
  ])('while its only store %s is cleared away only once the store has its end', async (_, hinder) => {
    const host = memoryHost({ clock })
    const held = heldStore()
    const first = makePool({ host, metadata: { store: held.store } }).pool
    await first.start()
    await first.getOrCreateSession('a')
    await first.stop()
    hinder(held)
    const { pool } = makePool({ host, metadata: { store: held.store } })
    await pool.start()
    expect(pool.getSession('a')).toBeDefined()
    host.control.exit('claude-a', end)
    await until(() => expect(pool.getSession('a')).toBeUndefined())
    await clock.advance(1000)
    expect(await host.list()).toHaveLength(1)
    held.mend()
    await until(async () => expect(await host.list()).toEqual([]))
    expect((await held.stored()).get('claude-a')).toMatchObject({ ended: { ...end, cause: 'exited' } })
  })

  test('while no pool ran is told by the next pool, with the counts of its record, and cleared away', async () => {
    const host = memoryHost({ clock })
    const store = memoryStore()
    const first = makePool({ host, metadata: { store } }).pool
    await first.start()
    await first.getOrCreateSession('a')
    await first.withRequest('a', () => undefined)
    await first.stop()
    host.control.exit('claude-a', end)
    const { pool } = makePool({ host, metadata: { store } })
    const gone = vi.fn()
    pool.on('session:gone', gone)
    await pool.start()
    await until(async () => expect(await host.list()).toEqual([]))
    const ended = { ...end, cause: 'exited' }
    expect(gone.mock.calls).toMatchObject([[{ session: { workspace: 'a', totalRequests: 1, ended } }]])
    await until(async () => expect(await recordIn(store)).toMatchObject({ totalRequests: 1, ended }))
    await expect(pool.sendText('a', 'x')).rejects.toMatchObject({ code: 'SESSION_GONE' })
  })

  test('is told once, although the host keeps what remains of it', async () => {
    const inner = memoryHost({ clock })
    const bury = vi.fn(async () => Promise.reject(new Error('no')))
    const { pool, log } = makePool({ host: { ...inner, bury }, metadata: { store: memoryStore() } })
    const gone = vi.fn()
    pool.on('session:gone', gone)
    await inner.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
    inner.control.exit('claude-a', end)
    await pool.start()
    await until(() => expect(bury.mock.calls.length).toBeGreaterThan(2))
    await pool.discoverExistingSessions()
    expect(gone).toHaveBeenCalledTimes(1)
    expect(log.lines.some(({ message }) => message.startsWith('What remains of an ended session'))).toBe(true)
  })

  test('is left to the owner by an observer, which tells of it too', async () => {
    const host = memoryHost({ clock })
    await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
    host.control.exit('claude-a', end)
    const { pool } = makePool({ host, role: 'observer', metadata: { store: memoryStore() } })
    const gone = vi.fn()
    pool.on('session:gone', gone)
    await pool.start()
    await clock.advance(500)
    expect(gone).toHaveBeenCalledTimes(1)
    expect(await host.list()).toHaveLength(1)
  })

  test('of another pool or without a stamp is neither told nor cleared away', async () => {
    const host = memoryHost({ clock })
    await host.create('other-a', { workspace: 'a', pool: 'other', createdAt: 1000 })
    host.control.add('claude-b')
    host.control.exit('other-a', end)
    host.control.exit('claude-b')
    const { pool } = makePool({ host, metadata: { store: memoryStore() } })
    const gone = vi.fn()
    pool.on('session:gone', gone)
    await pool.start()
    await clock.advance(500)
    expect(gone).not.toHaveBeenCalled()
    expect(await host.list()).toHaveLength(2)
  })
})

describe('getOrCreateSession() and a command that has ended', () => {
  const ending = (inner: ReturnType<typeof memoryHost>): SessionHost => ({
    ...inner,
    async create(sessionName, options) {
      await inner.create(sessionName, options)
      inner.control.exit(sessionName, { exitCode: 127, screen: 'sh: no-such-agent: not found, key is k3y-value' })
      return (await inner.list()).find((one) => one.sessionName === sessionName) ?? expect.unreachable()
    },
  })

  test('rejects with how it ended when it ends at once, announces nothing, and shows no value of env', async () => {
    const inner = memoryHost({ clock })
    const { pool, log } = makePool({ host: ending(inner), metadata: { store: memoryStore() } })
    const told = vi.fn()
    for (const event of ['session:created', 'session:gone', 'session:deleted'] as const) pool.on(event, told)
    await pool.start()
    const failed = await pool.getOrCreateSession('a', { command: ['no-such-agent'], env: { KEY: 'k3y-value' } }).then(
      () => expect.unreachable(),
      (error) => error,
    )
    expect(failed).toMatchObject({
      code: 'SESSION_NOT_READY',
      message: expect.stringContaining('with exit code 127'),
      context: { workspace: 'a', exitCode: 127, screen: 'sh: no-such-agent: not found, key is ***' },
    })
    expect(await inner.list()).toEqual([])
    expect(told).not.toHaveBeenCalled()
    await expect(pool.withRequest('a', () => 'ran')).rejects.toMatchObject({ code: 'SESSION_GONE' })
    expect(JSON.stringify(log.lines)).not.toContain('k3y-value')
  })

  test('is not cleared away by a pass of discovery before its creation has seen how it ended', async () => {
    const inner = memoryHost({ clock })
    let duringCreate = async (): Promise<unknown> => undefined
    const host: SessionHost = {
      ...inner,
      async create(sessionName, options) {
        const made = await inner.create(sessionName, options)
        inner.control.exit(sessionName, { exitCode: 127 })
        await duringCreate()
        return (await inner.list()).find((one) => one.sessionName === sessionName) ?? { ...made, exited: true }
      },
    }
    const { pool } = makePool({ host, metadata: { store: memoryStore() } })
    duringCreate = async () => {
      await pool.discoverExistingSessions()
      await clock.advance(200)
    }
    await pool.start()
    await expect(pool.getOrCreateSession('a')).rejects.toMatchObject({
      code: 'SESSION_NOT_READY',
      context: { exitCode: 127 },
    })
  })

  test.each(['before', 'after'])(
    'announces nothing when a listing that was asked for %s its command ended is answered after it was cleared away',
    async (when) => {
      const inner = memoryHost({ clock })
      const [listed, go] = [gate(), gate()]
      let isHeld = false
      let report: Promise<unknown> | undefined
      const list = async () => {
        const answer = await inner.list()
        if (!isHeld) return answer
        isHeld = false
        listed.open()
        await go.opened
        return answer
      }
      const create: SessionHost['create'] = async (sessionName, options) => {
        const made = await inner.create(sessionName, options)
        const exit = () => inner.control.exit(sessionName, { exitCode: 127 })
        if (when === 'after') exit()
        isHeld = true
        report = pool.discoverExistingSessions()
        await listed.opened
        if (when === 'before') exit()
        return { ...made, exited: true, end: { exitCode: 127 } }
      }
      const store = memoryStore()
      const { pool } = makePool({ host: { ...inner, list, create }, metadata: { store }, livenessIntervalMs: 60_000 })
      const told = vi.fn()
      pool.on('*', ({ event }) => event.startsWith('session:') && told(event))
      await pool.start()
      await expect(pool.getOrCreateSession('a')).rejects.toMatchObject({ code: 'SESSION_NOT_READY' })
      go.open()
      await report
      expect(told).not.toHaveBeenCalled()
      expect([pool.listSessions(), pool.listEnded()]).toEqual([[], []])
      await pool.stop()
      await store.open?.({ signal, logger: console })
      expect(await recordIn(store)).toBeUndefined()
    },
  )

  test('asks the host again before it hands out a session that the host knows to have ended', async () => {
    const inner = memoryHost({ clock })
    const over = new Set<string | undefined>()
    const host: SessionHost = { ...inner, hasEnded: ({ incarnation }) => over.has(incarnation) }
    const { pool } = makePool({ host, metadata: { store: memoryStore() }, livenessIntervalMs: 60_000 })
    await pool.start()
    const first = await pool.getOrCreateSession('a')
    inner.control.exit('claude-a', end)
    over.add(first.incarnation)
    const second = await pool.getOrCreateSession('a')
    expect(second).toMatchObject({ created: true })
    expect(second.incarnation).not.toBe(first.incarnation)
  })

  test('rejects when the command ended while ready() waited', async () => {
    const inner = memoryHost({ clock })
    const host: SessionHost = { ...inner, hasEnded: () => true }
    const ready = async () => inner.control.exit('claude-a', { exitCode: 2 })
    const { pool } = makePool({ host, metadata: { store: memoryStore() }, ready })
    const created = vi.fn()
    pool.on('session:created', created)
    await pool.start()
    await expect(pool.getOrCreateSession('a')).rejects.toMatchObject({
      code: 'SESSION_NOT_READY',
      context: { exitCode: 2 },
    })
    expect(created).not.toHaveBeenCalled()
    expect(await inner.list()).toEqual([])
  })
})

describe('after a session has ended by itself', () => {
  test('its verbs say SESSION_GONE until it is asked for again, and deleting it says SESSION_NOT_FOUND', async () => {
    const host = memoryHost({ clock })
    const { pool } = makePool({ host, metadata: { store: memoryStore() } })
    await pool.start()
    await host.kill(await pool.getOrCreateSession('a'))
    await until(() => expect(pool.getSession('a')).toBeUndefined())
    await expect(pool.sendText('a', 'x')).rejects.toMatchObject({ code: 'SESSION_GONE', retryable: true })
    await expect(pool.saveSessionMetadata('a')).rejects.toMatchObject({ code: 'SESSION_GONE' })
    expect(() => pool.beginRequest('a')).toThrow(expect.objectContaining({ code: 'SESSION_GONE' }))
    await expect(pool.deleteSession('a')).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
    await expect(pool.sendText('never', 'x')).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
    await pool.getOrCreateSession('a')
    await pool.sendText('a', 'x')
  })
})

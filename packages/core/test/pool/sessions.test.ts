import { describe, expect, test, vi } from 'vitest'
import { type HostSession, memoryHost, memoryStore, type SessionHost } from '../../src/index.ts'
import { makePool } from '../support/pools.ts'

const started = async (options: Parameters<typeof makePool>[0]) => {
  const made = makePool(options)
  await made.pool.start()
  return made
}
const memory = { metadata: { store: 'memory' } } as const

describe('getOrCreateSession', () => {
  test('twenty concurrent calls of one workspace make one session', async () => {
    const host = memoryHost()
    const create = vi.spyOn(host, 'create')
    const { pool } = await started({ host, ...memory })
    const views = await Promise.all(Array.from({ length: 20 }, () => pool.getOrCreateSession('a')))
    expect(new Set(views.map(({ incarnation }) => incarnation)).size).toBe(1)
    expect(create).toHaveBeenCalledTimes(1)
  })

  test('maxSessions holds under concurrency, sessions being created counted', async () => {
    const host = memoryHost()
    const { pool } = await started({ host, ...memory, maxSessions: 3 })
    const results = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => pool.getOrCreateSession(`w${i}`)))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'SESSION_LIMIT', retryable: true })
    expect(await host.list()).toHaveLength(3)
    await pool.deleteSession(pool.listSessions()[0]?.workspace ?? '')
    await pool.getOrCreateSession('again')
  })

  test.each(['../x', '', 'x'.repeat(100), 'a b', ':a', '.a', '=a', '$a', '@a', '#(touch x)', 'a\nb', 'é', 'a/b'])(
    'rejects %j as a workspace, and asks the host for nothing',
    async (workspace) => {
      const host = memoryHost()
      const { pool } = await started({ host, ...memory })
      await expect(pool.getOrCreateSession(workspace)).rejects.toMatchObject({ code: 'INVALID_WORKSPACE' })
      expect(await host.list()).toEqual([])
      expect(pool.trackRequestStart(workspace)).toBe(false)
      expect(pool.getSession(workspace)).toBeUndefined()
    },
  )

  test.each([undefined, null, 3, {}, Symbol('x')])(
    'rejects %s, which is no string, as a workspace',
    async (workspace) => {
      const { pool } = await started({ host: memoryHost(), ...memory })
      await expect(pool.getOrCreateSession(workspace as unknown as string)).rejects.toMatchObject({
        code: 'INVALID_WORKSPACE',
      })
    },
  )

  test.each(['__proto__', 'constructor', '-a', 'CON', '_'])(
    'takes %j as a workspace like any other',
    async (workspace) => {
      const { pool } = await started({ host: memoryHost(), ...memory })
      expect(await pool.getOrCreateSession(workspace)).toMatchObject({ workspace, sessionName: `claude-${workspace}` })
      expect(pool.trackRequestStart(workspace)).toBe(true)
    },
  )

  test('gives a living session when the one in memory was ended behind its back', async () => {
    const host = memoryHost()
    const { pool } = await started({ host, ...memory })
    const first = await pool.getOrCreateSession('a')
    await host.kill(first)
    await vi.waitFor(() => expect(pool.getSession('a')).toBeUndefined())
    const second = await pool.getOrCreateSession('a')
    expect(second.incarnation).not.toBe(first.incarnation)
  })

  test('replaces a session of ours whose command has exited', async () => {
    const host = memoryHost()
    const { pool } = await started({ host, ...memory })
    const first = await pool.getOrCreateSession('a')
    host.control.exit('claude-a')
    await vi.waitFor(() => expect(pool.getSession('a')).toBeUndefined())
    const second = await pool.getOrCreateSession('a')
    expect(second.incarnation).not.toBe(first.incarnation)
    expect(await host.list()).toHaveLength(1)
  })

  test('rejects SESSION_FOREIGN where the name is another pool’s, and leaves that session alone', async () => {
    const host = memoryHost()
    const { pool } = await started({ host, ...memory, poolId: 'one' })
    const other = makePool({ host, ...memory, poolId: 'two' }).pool
    const mine = await pool.getOrCreateSession('a')
    await expect(other.getOrCreateSession('a')).rejects.toMatchObject({ code: 'SESSION_FOREIGN' })
    await other.terminate()
    expect(await host.list()).toMatchObject([{ incarnation: mine.incarnation }])
  })

  test('ends a session that does not become ready, and says why', async () => {
    const host = memoryHost()
    const { pool } = await started({ host, ...memory, ready: () => Promise.reject(new Error('no prompt')) })
    await expect(pool.getOrCreateSession('a')).rejects.toMatchObject({
      code: 'SESSION_NOT_READY',
      message: expect.stringContaining('no prompt'),
    })
    expect(await host.list()).toEqual([])
    expect(pool.listSessions()).toEqual([])
  })

  test('rejects with HOST_UNAVAILABLE, and makes nothing, while the host cannot say what lives', async () => {
    const host = memoryHost()
    host.control.setUnavailable('down')
    const { pool } = await started({ host, ...memory })
    await expect(pool.getOrCreateSession('a')).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE', retryable: true })
    expect(pool.getStats().host).toMatchObject({ state: 'unavailable' })
    host.control.setUnavailable(undefined)
    await pool.getOrCreateSession('a')
  })

  test('launch supplies the options, and those of the call win', async () => {
    const host = memoryHost()
    const create = vi.spyOn(host, 'create')
    const { pool } = await started({
      host,
      ...memory,
      launch: (workspace) => ({ cwd: `/srv/${workspace}`, command: 'agent' }),
    })
    await pool.getOrCreateSession('a', { command: 'other', attributes: { chat: 7 } })
    expect(create.mock.calls[0]?.[1]).toMatchObject({
      cwd: '/srv/a',
      command: 'other',
      workspace: 'a',
      pool: 'claude-',
    })
    expect(pool.getSession('a')?.attributes).toEqual({ chat: 7 })
  })
})

describe('deleteSession', () => {
  test('rejects SESSION_BUSY while requests run, unless forced', async () => {
    const { pool } = await started({ host: memoryHost(), ...memory })
    await pool.getOrCreateSession('a')
    pool.trackRequestStart('a')
    await expect(pool.deleteSession('a')).rejects.toMatchObject({ code: 'SESSION_BUSY', retryable: true })
    await pool.deleteSession('a', { force: true })
    await expect(pool.deleteSession('a')).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
  })

  test('keeps session and record where the session cannot be ended', async () => {
    const inner = memoryHost()
    const host: SessionHost = { ...inner, kill: () => Promise.reject(new Error('refused')) }
    const store = memoryStore()
    const { pool } = await started({ host, metadata: { store } })
    await pool.getOrCreateSession('a')
    await expect(pool.deleteSession('a')).rejects.toThrow('refused')
    expect(pool.trackRequestStart('a')).toBe(true)
    await pool.saveSessionMetadata('a')
    expect((await store.getMany(['claude-a'], { signal: new AbortController().signal })).get('claude-a')).toMatchObject(
      { totalRequests: 1 },
    )
  })

  test('a session asked for during its deletion is a new one', async () => {
    const { pool } = await started({ host: memoryHost(), ...memory })
    const first = await pool.getOrCreateSession('a')
    pool.trackRequestStart('a')
    const [, second] = await Promise.all([pool.deleteSession('a', { force: true }), pool.getOrCreateSession('a')])
    const third = await pool.getOrCreateSession('a')
    expect(third.incarnation).not.toBe(first.incarnation)
    expect([first.incarnation, third.incarnation]).toContain(second.incarnation)
    expect(third.totalRequests).toBe(0)
  })
})

describe('what happens behind the pool’s back', () => {
  test('a session recreated under the same name does not inherit', async () => {
    const host = memoryHost()
    const store = memoryStore()
    const { pool } = await started({ host, metadata: { store } })
    const gone = vi.fn()
    pool.on('session:gone', gone)
    const first = await pool.getOrCreateSession('a')
    pool.trackRequestStart('a')
    await pool.saveSessionMetadata('a')
    await host.kill(first)
    const second = host.control.add('claude-a')
    await vi.waitFor(() => expect(pool.getSession('a')?.incarnation).toBe(second.incarnation))
    expect(pool.getSession('a')).toMatchObject({ totalRequests: 0, verified: true })
    expect(gone.mock.calls[0]?.[0]).toMatchObject({
      reason: 'recreated',
      session: { totalRequests: 1, incarnation: first.incarnation },
    })
    expect((await pool.discoverExistingSessions()).recreated).toEqual(['a'])
    await vi.waitFor(async () =>
      expect(
        (await store.getMany(['claude-a'], { signal: new AbortController().signal })).get('claude-a'),
      ).toMatchObject({ incarnation: second.incarnation }),
    )
  })

  test.each(['while the pool runs', 'between two runs'])(
    'a session renamed %s keeps its record and its workspace',
    async (when) => {
      const host = memoryHost()
      const store = memoryStore()
      let { pool } = await started({ host, metadata: { store } })
      await pool.getOrCreateSession('a')
      pool.trackRequestStart('a')
      await pool.saveSessionMetadata('a')
      if (when === 'between two runs') await pool.stop()
      host.control.rename('claude-a', 'my-own-name')
      if (when === 'between two runs') pool = (await started({ host, metadata: { store } })).pool
      await vi.waitFor(() =>
        expect(pool.getSession('a')).toMatchObject({ sessionName: 'my-own-name', totalRequests: 1, saved: true }),
      )
      const names: string[] = []
      await vi.waitFor(async () => {
        names.length = 0
        for await (const name of store.list({ signal: new AbortController().signal })) names.push(name)
        expect(names).toEqual(['my-own-name'])
      })
    },
  )

  test('an unavailable host takes nothing away', async () => {
    const host = memoryHost()
    const { pool } = await started({ host, ...memory })
    await pool.getOrCreateSession('a')
    const unavailable = vi.fn()
    pool.on('host:unavailable', unavailable)
    host.control.setUnavailable('socket')
    await vi.waitFor(() => expect(unavailable).toHaveBeenCalled())
    expect(pool.listSessions()).toHaveLength(1)
    expect(pool.trackRequestStart('a')).toBe(true)
    expect((await pool.discoverExistingSessions()).host.state).toBe('unavailable')
    host.control.setUnavailable(undefined)
    await vi.waitFor(() => expect(pool.getStats().host.state).toBe('available'))
  })

  test('a foreign session is never touched, also where its name starts alike', async () => {
    const host = memoryHost()
    const { pool } = await started({ host, ...memory })
    for (const name of ['claudette', 'other-a', 'claude']) host.control.add(name)
    await pool.getOrCreateSession('a')
    const report = await pool.discoverExistingSessions()
    expect(report.foreign.toSorted()).toEqual(['claude', 'claudette', 'other-a'])
    expect((await pool.terminate()).terminated).toEqual(['a'])
    expect((await host.list()).map(({ sessionName }) => sessionName)).toEqual(['claudette', 'other-a', 'claude'])
  })

  test('adopt decides over unstamped sessions', async () => {
    const host = memoryHost()
    host.control.add('claude-a')
    host.control.add('claude-b')
    const none = (await started({ host, ...memory, adopt: 'none' })).pool
    expect(none.listSessions()).toEqual([])
    const some = (
      await started({ host, ...memory, adopt: ({ sessionName }: HostSession) => sessionName.endsWith('b') })
    ).pool
    expect(some.listSessions()).toMatchObject([{ workspace: 'b', origin: 'host' }])
  })
})

describe('stop and terminate', () => {
  test('stop() leaves the sessions running; a later verb rejects POOL_STOPPED', async () => {
    const host = memoryHost()
    const { pool } = await started({ host, ...memory })
    await pool.getOrCreateSession('a')
    await Promise.all([pool.stop(), pool.stop()])
    expect(await host.list()).toHaveLength(1)
    for (const verb of [
      () => pool.start(),
      () => pool.getOrCreateSession('a'),
      () => pool.deleteSession('a'),
      () => pool.discoverExistingSessions(),
      () => pool.saveSessionMetadata('a'),
    ]) {
      await expect((async () => verb())()).rejects.toMatchObject({ code: 'POOL_STOPPED' })
    }
    expect(pool.trackRequestStart('a')).toBe(false)
  })

  test('terminate() spares sessions that are ours by their name alone', async () => {
    const host = memoryHost()
    host.control.add('claude-mine')
    const { pool } = await started({ host, ...memory })
    await pool.getOrCreateSession('a')
    expect(await pool.terminate()).toMatchObject({ terminated: ['a'], spared: ['mine'], failed: [] })
    expect((await host.list()).map(({ sessionName }) => sessionName)).toEqual(['claude-mine'])
  })
})

describe('an observer', () => {
  test('reads and sends, and never creates, deletes or writes', async () => {
    const host = memoryHost()
    const owner = (await started({ host, ...memory })).pool
    await owner.getOrCreateSession('a')
    const { pool } = await started({ host, ...memory, role: 'observer' })
    await pool.sendText('a', 'hello')
    expect(await pool.capture('a')).toContain('hello')
    for (const verb of [
      () => pool.getOrCreateSession('b'),
      () => pool.deleteSession('a'),
      () => pool.saveSessionMetadata('a'),
      () => pool.terminate(),
    ]) {
      await expect(verb()).rejects.toMatchObject({ code: 'POOL_READ_ONLY' })
    }
    expect(pool.persistence().effective.reason).toBe('observing')
  })
})

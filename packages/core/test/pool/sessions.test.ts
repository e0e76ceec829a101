import { describe, expect, test, vi } from 'vitest'
import { memoryStore, type SessionHost } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { makePool } from '../support/pools.ts'
import { clock, until } from '../support/time.ts'

const started = async (options: Parameters<typeof makePool>[0]) => {
  const made = makePool(options)
  await made.pool.start()
  return made
}
const memory = { metadata: { store: 'memory' } } as const

describe('getOrCreateSession', () => {
  test('twenty concurrent calls for one workspace create one session', async () => {
    const host = memoryHost({ clock })
    const create = vi.spyOn(host, 'create')
    const { pool } = await started({ host, ...memory })
    const views = await Promise.all(Array.from({ length: 20 }, () => pool.getOrCreateSession('a')))
    expect(new Set(views.map(({ incarnation }) => incarnation)).size).toBe(1)
    expect(create).toHaveBeenCalledTimes(1)
  })

  test('maxSessions holds for concurrent calls, because sessions being created count', async () => {
    const host = memoryHost({ clock })
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
    'rejects %j as a workspace without calling the host',
    async (workspace) => {
      const host = memoryHost({ clock })
      const { pool } = await started({ host, ...memory })
      await expect(pool.getOrCreateSession(workspace)).rejects.toMatchObject({ code: 'INVALID_WORKSPACE' })
      expect(await host.list()).toEqual([])
      expect(pool.trackRequestStart(workspace)).toBe(false)
      expect(pool.getSession(workspace)).toBeUndefined()
    },
  )

  test.each([undefined, null, 3, {}, Symbol('x')])(
    'rejects %s as a workspace, because it is no string',
    async (workspace) => {
      const { pool } = await started({ host: memoryHost({ clock }), ...memory })
      await expect(pool.getOrCreateSession(workspace as unknown as string)).rejects.toMatchObject({
        code: 'INVALID_WORKSPACE',
      })
    },
  )

  test.each(['__proto__', 'constructor', '-a', 'CON', '_'])('accepts %j as a workspace', async (workspace) => {
    const { pool } = await started({ host: memoryHost({ clock }), ...memory })
    expect(await pool.getOrCreateSession(workspace)).toMatchObject({ workspace, sessionName: `claude-${workspace}` })
    expect(pool.trackRequestStart(workspace)).toBe(true)
  })

  test('returns a living session when the one in memory was killed outside of the pool', async () => {
    const host = memoryHost({ clock })
    const { pool } = await started({ host, ...memory })
    const first = await pool.getOrCreateSession('a')
    await host.kill(first)
    await until(() => expect(pool.getSession('a')).toBeUndefined())
    const second = await pool.getOrCreateSession('a')
    expect(second.incarnation).not.toBe(first.incarnation)
  })

  test('replaces a session of this pool whose command has exited', async () => {
    const host = memoryHost({ clock })
    const { pool } = await started({ host, ...memory })
    const first = await pool.getOrCreateSession('a')
    host.control.exit('claude-a')
    await until(() => expect(pool.getSession('a')).toBeUndefined())
    const second = await pool.getOrCreateSession('a')
    expect(second.incarnation).not.toBe(first.incarnation)
    expect(await host.list()).toHaveLength(1)
  })

  test('rejects SESSION_FOREIGN when a session of another pool has the name, and does not change that session', async () => {
    const host = memoryHost({ clock })
    const { pool } = await started({ host, ...memory, poolId: 'one' })
    const other = makePool({ host, ...memory, poolId: 'two' }).pool
    const mine = await pool.getOrCreateSession('a')
    await expect(other.getOrCreateSession('a')).rejects.toMatchObject({ code: 'SESSION_FOREIGN' })
    await other.terminate()
    expect(await host.list()).toMatchObject([{ incarnation: mine.incarnation }])
  })

  test('ends a session that does not become ready, and rejects with the reason', async () => {
    const host = memoryHost({ clock })
    const { pool } = await started({ host, ...memory, ready: () => Promise.reject(new Error('no prompt')) })
    await expect(pool.getOrCreateSession('a')).rejects.toMatchObject({
      code: 'SESSION_NOT_READY',
      message: expect.stringContaining('no prompt'),
    })
    expect(await host.list()).toEqual([])
    expect(pool.listSessions()).toEqual([])
  })

  test('rejects HOST_UNAVAILABLE and creates nothing while the host is unavailable', async () => {
    const host = memoryHost({ clock })
    host.control.setUnavailable('down')
    const { pool } = await started({ host, ...memory })
    await expect(pool.getOrCreateSession('a')).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE', retryable: true })
    expect(pool.getStats().host).toMatchObject({ state: 'unavailable' })
    host.control.setUnavailable(undefined)
    await pool.getOrCreateSession('a')
  })

  test('launch supplies the options, and options of the call win', async () => {
    const host = memoryHost({ clock })
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
  test('rejects SESSION_BUSY while requests run, unless force is given', async () => {
    const { pool } = await started({ host: memoryHost({ clock }), ...memory })
    await pool.getOrCreateSession('a')
    pool.trackRequestStart('a')
    await expect(pool.deleteSession('a')).rejects.toMatchObject({ code: 'SESSION_BUSY', retryable: true })
    await pool.deleteSession('a', { force: true })
    await expect(pool.deleteSession('a')).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
  })

  test('keeps session and record when the session cannot be ended', async () => {
    const inner = memoryHost({ clock })
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

  test('getOrCreateSession() during a deletion returns a new session', async () => {
    const { pool } = await started({ host: memoryHost({ clock }), ...memory })
    const first = await pool.getOrCreateSession('a')
    pool.trackRequestStart('a')
    const [, second] = await Promise.all([pool.deleteSession('a', { force: true }), pool.getOrCreateSession('a')])
    const third = await pool.getOrCreateSession('a')
    expect(third.incarnation).not.toBe(first.incarnation)
    expect([first.incarnation, third.incarnation]).toContain(second.incarnation)
    expect(third.totalRequests).toBe(0)
  })
})

describe('stop and terminate', () => {
  test('stop() leaves the sessions running, and later calls reject POOL_STOPPED', async () => {
    const host = memoryHost({ clock })
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

  test('terminate() spares sessions that only their name assigns to this pool', async () => {
    const host = memoryHost({ clock })
    host.control.add('claude-mine')
    const { pool } = await started({ host, ...memory })
    await pool.getOrCreateSession('a')
    expect(await pool.terminate()).toMatchObject({ terminated: ['a'], spared: ['mine'], failed: [] })
    expect((await host.list()).map(({ sessionName }) => sessionName)).toEqual(['claude-mine'])
  })
})

describe('an observer', () => {
  test('reads and sends, and never creates, deletes or writes', async () => {
    const host = memoryHost({ clock })
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

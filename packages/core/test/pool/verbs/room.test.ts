import { expect, test } from 'vitest'
import type { SessionPoolOptions } from '../../../src/index.ts'
import { createPoolState } from '../../../src/pool/pool-state.ts'
import { createRoom } from '../../../src/pool/verbs/room.ts'
import { createSessionTable } from '../../../src/sessions/session-table.ts'
import { memoryHost } from '../../../src/testing.ts'
import { makePool } from '../../support/pools.ts'
import { clock, sleep, until } from '../../support/time.ts'

type Options = Partial<SessionPoolOptions<Record<string, unknown>>>

/** A pool with room for two sessions, which has them: `a`, and then `b`. */
async function fullPool(options: Options) {
  const host = memoryHost({ clock })
  const { pool } = makePool({ host, maxSessions: 2, metadata: { store: 'memory' }, ...options })
  for (const workspace of ['a', 'b']) {
    await pool.getOrCreateSession(workspace)
    await sleep(5)
  }
  const workspaces = () => pool.listSessions().map(({ workspace }) => workspace)
  return { host, pool, workspaces }
}

test('reject: a full pool refuses a new session at once', async () => {
  const { pool } = await fullPool({})
  await expect(pool.getOrCreateSession('c')).rejects.toMatchObject({ code: 'SESSION_LIMIT', retryable: true })
})

test('queue: new sessions wait for room, and get it in the order of their calls', async () => {
  const { pool, workspaces } = await fullPool({ whenFull: 'queue' })
  const made: string[] = []
  const waiting = ['c', 'd', 'e'].map(async (workspace) => {
    const { created } = await pool.getOrCreateSession(workspace)
    if (created) made.push(workspace)
  })
  await sleep(50)
  expect(workspaces()).toEqual(['a', 'b'])
  await pool.deleteSession('a')
  await until(() => expect(made).toEqual(['c']))
  await sleep(50)
  expect(made).toEqual(['c'])
  await pool.deleteSession('b')
  await until(() => expect(made).toEqual(['c', 'd']))
  await pool.deleteSession('c')
  await Promise.all(waiting)
  expect(made).toEqual(['c', 'd', 'e'])
})

test('queue: the sessions of a pool are never more than maxSessions, however many wait', async () => {
  const { pool } = await fullPool({ whenFull: 'queue' })
  const names = Array.from({ length: 12 }, (_, at) => `w${at}`)
  let most = 0
  const all = names.map(async (workspace) => {
    await pool.getOrCreateSession(workspace)
    most = Math.max(most, pool.getStats().totalSessions)
    await pool.deleteSession(workspace)
  })
  await pool.deleteSession('a')
  await Promise.all(all)
  expect(most).toBe(2)
})

test('queue: a session that ends by itself makes room', async () => {
  const { host, pool } = await fullPool({ whenFull: 'queue' })
  await pool.start()
  const waiting = pool.getOrCreateSession('c')
  await sleep(20)
  host.control.exit('claude-a', { exitCode: 0 })
  expect(await waiting).toMatchObject({ workspace: 'c', created: true })
})

test('queue: a creation that fails gives its place to the next one', async () => {
  const { pool, workspaces } = await fullPool({
    whenFull: 'queue',
    launch: (workspace) => {
      if (workspace === 'c') throw new TypeError('no such project')
      return {}
    },
  })
  const refused = expect(pool.getOrCreateSession('c')).rejects.toThrow('no such project')
  const next = pool.getOrCreateSession('d')
  await sleep(10)
  await pool.deleteSession('a')
  await refused
  await next
  expect(workspaces()).toEqual(['b', 'd'])
})

test('queue: who waits for longer than fullTimeoutMs is refused, and the next in line goes on', async () => {
  const { pool } = await fullPool({ whenFull: 'queue', fullTimeoutMs: 100 })
  const first = expect(pool.getOrCreateSession('c')).rejects.toMatchObject({ code: 'SESSION_LIMIT' })
  await sleep(60)
  const second = pool.getOrCreateSession('d')
  await first
  await pool.deleteSession('a')
  expect(await second).toMatchObject({ created: true })
})

test.each(['stop', 'terminate'] as const)('queue: %s() refuses those that wait', async (verb) => {
  const { pool } = await fullPool({ whenFull: 'queue' })
  const refused = expect(pool.getOrCreateSession('c')).rejects.toMatchObject({ code: 'POOL_STOPPED' })
  await sleep(10)
  const startedAt = clock.now()
  await pool[verb]()
  expect(clock.now() - startedAt).toBeLessThan(1000)
  await refused
})

test('evict-idle: the session that nobody has used for longest makes room', async () => {
  const { pool, workspaces } = await fullPool({ whenFull: 'evict-idle' })
  const ended: string[] = []
  pool.on('session:deleted', ({ session, reason }) => ended.push(`${session.workspace} ${reason}`))
  await pool.getOrCreateSession('a')
  expect(await pool.getOrCreateSession('c')).toMatchObject({ created: true })
  expect(workspaces()).toEqual(['a', 'c'])
  expect(ended).toEqual(['b idle'])
})

test('evict-idle: a session at work, one with a client and one that mayReap keeps are spared', async () => {
  const { host, pool, workspaces } = await fullPool({
    whenFull: 'evict-idle',
    mayReap: ({ workspace }) => workspace !== 'kept',
    maxSessions: 3,
  })
  await pool.getOrCreateSession('kept')
  pool.trackRequestStart('a')
  host.control.setAttached('claude-b', true)
  await expect(pool.getOrCreateSession('c')).rejects.toMatchObject({ code: 'SESSION_LIMIT' })
  expect(workspaces()).toEqual(['a', 'b', 'kept'])
})

test('evict-idle: two sessions that are made at the same time end two others', async () => {
  const { pool, workspaces } = await fullPool({ whenFull: 'evict-idle' })
  await Promise.all([pool.getOrCreateSession('c'), pool.getOrCreateSession('d')])
  expect(workspaces()).toEqual(['c', 'd'])
})

test('queue: what the pool does by itself does not get in line, even if there is room for the moment', async () => {
  const table = createSessionTable(clock)
  const room = createRoom({
    ...{ table, state: createPoolState('owner'), evictIdle: async () => false },
    options: { maxSessions: 1, whenFull: 'queue', fullTimeoutMs: 1000 },
  })
  const giveUp = table.reserve()
  const waiting = room(async () => 'a request', { mayWait: true })
  await sleep(5)
  giveUp()
  const startedAt = clock.now()
  const refused = room(async () => 'the pool', { mayWait: false })
  await expect(refused).rejects.toMatchObject({ code: 'SESSION_LIMIT', message: expect.not.stringContaining('within') })
  expect(clock.now() - startedAt).toBeLessThan(100)
  table.changes.tell()
  expect(await waiting).toBe('a request')
})

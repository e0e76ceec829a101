import { expect, test, vi } from 'vitest'
import type { HostSession, SessionHost } from '../../src/host.ts'
import { memoryStore } from '../../src/index.ts'
import { memoryHost, virtualClock } from '../../src/testing.ts'
import { fill, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock } from '../support/time.ts'

const refuse = () => {
  throw new Error('hands off')
}
const hostWith = (change: Partial<SessionHost> & { rows?: (rows: HostSession[]) => unknown }): SessionHost => {
  const host = memoryHost({ clock })
  const { rows = (all) => all, ...methods } = change
  return { ...host, list: async () => rows(await host.list()) as HostSession[], ...methods }
}
const isA = ({ sessionName }: HostSession): boolean => sessionName === 'claude-a'

test.each<[string, (row: HostSession) => unknown]>([
  [
    'without its incarnation, of which the reading fails',
    (row) => Object.defineProperty({ ...row }, 'incarnation', { get: refuse }),
  ],
  ['that is a proxy that throws', () => new Proxy({}, { get: refuse, ownKeys: refuse })],
  ['with a number for its name', (row) => ({ ...row, sessionName: 7 })],
  ['with a BigInt for its pool', (row) => ({ ...row, pool: 1n })],
  ['with a time that is no number', (row) => ({ ...row, createdAt: Number.NaN })],
  ['that is null', () => null],
])('a session whose row is listed as one %s stays, and the other sessions too', async (_, change) => {
  let isOdd = false
  const host = hostWith({ rows: (rows) => rows.map((row) => (isOdd && isA(row) ? change(row) : row)) })
  const { pool, log } = makePool({ host, metadata: { store: memoryStore() } })
  await pool.start()
  await pool.getOrCreateSession('a')
  await pool.getOrCreateSession('b')
  const gone = vi.fn()
  pool.on('session:gone', gone)
  isOdd = true
  await pool.discoverExistingSessions()
  await pool.discoverExistingSessions()
  expect(pool.listSessions().map(({ workspace }) => workspace)).toEqual(['a', 'b'])
  expect(gone).not.toHaveBeenCalled()
  expect(log.with('The host listed sessions that cannot be read - they are left as they are')).toHaveLength(1)
})

test('a session that ended is noticed although the row of another session cannot be read', async () => {
  let isOdd = false
  const host = hostWith({ rows: (rows) => rows.map((row) => (isOdd && isA(row) ? { ...row, exited: 'no' } : row)) })
  const { pool } = makePool({ host, metadata: { store: memoryStore() } })
  await pool.start()
  await pool.getOrCreateSession('a')
  const b = await pool.getOrCreateSession('b')
  isOdd = true
  await host.kill(b)
  await pool.discoverExistingSessions()
  expect(pool.listSessions().map(({ workspace }) => workspace)).toEqual(['a'])
})

test('the record of a session whose row cannot be read gets no time at which it expires', async () => {
  const store = memoryStore()
  const real = memoryHost({ clock })
  const first = makePool({ host: real, metadata: { store } }).pool
  await first.start()
  await first.getOrCreateSession('a')
  await first.saveSessionMetadata('a')
  await first.stop()
  const host = { ...real, list: async () => [null as unknown as HostSession] }
  const { pool } = makePool({ host, metadata: { store } })
  await pool.start()
  expect((await pool.discoverExistingSessions()).orphaned).toEqual([])
})

test.each(['boot', 'elsewhere', 'endedWithServer'] as const)(
  'a call of %s() that never settles delays finding sessions, and does not end it',
  async (method) => {
    const never = () => new Promise<never>(() => undefined)
    const host = hostWith({ [method]: never })
    const store = memoryStore()
    await fill(store, [record('claude-gone', { incarnation: 'gone' })])
    const time = virtualClock()
    const given = { metadata: { store, flushIntervalMs: 10_000 }, livenessIntervalMs: 10_000 }
    const { pool } = makePool({ host, clock: time, ...given })
    const starting = pool.start()
    await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
    await time.advance(120_000)
    await starting
    expect(pool.listSessions()).toMatchObject([{ workspace: 'a' }])
  },
)

test('a listing that repeats its rows is taken as one listing', async () => {
  const { pool, log } = makePool({ host: hostWith({ rows: (rows) => [...rows, ...rows] }) })
  await pool.start()
  await pool.getOrCreateSession('a')
  await pool.discoverExistingSessions()
  expect(pool.listSessions()).toHaveLength(1)
  expect(log.with('A session claims the workspace of another one - it is left alone')).toEqual([])
})

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['a text', 'claude-a'],
  ['another session', { sessionName: 'claude-b', incarnation: 'x' }],
  ['an object whose properties throw', Object.defineProperty({}, 'sessionName', { get: refuse })],
])('getOrCreateSession() rejects with HOST_UNAVAILABLE when the host returns %s for a new session', async (_, made) => {
  const { pool } = makePool({ host: hostWith({ create: async () => made as HostSession }) })
  await pool.start()
  await expect(pool.getOrCreateSession('a')).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })
  expect(pool.listSessions()).toEqual([])
})

test.each<[string, unknown]>([
  ['a text', 'no'],
  ['undefined', undefined],
  ['an object without a prototype', Object.create(null)],
  ['a proxy that throws', new Proxy({}, { get: refuse })],
  ['an error without a code', new Error('no')],
])('sendText() rejects with a coded error when the host throws %s', async (_, thrown) => {
  const { pool } = makePool({ host: hostWith({ sendText: async () => Promise.reject(thrown) }) })
  await pool.start()
  await pool.getOrCreateSession('a')
  await expect(pool.sendText('a', 'hello')).rejects.toMatchObject({ code: 'HOST_REFUSED' })
})

test('wrong answers of the host to terminal I/O become coded errors', async () => {
  const wrong = async () => 7 as never
  const { pool } = makePool({ host: hostWith({ sendText: wrong, capture: wrong, attachCommand: () => 7 as never }) })
  await pool.start()
  await pool.getOrCreateSession('a')
  for (const call of [pool.sendText('a', 'x'), pool.capture('a'), pool.attachCommand('a')])
    await expect(call).rejects.toMatchObject({ code: 'HOST_REFUSED' })
})

test('a command to attach with a hole is a wrong answer of the host', async () => {
  const { pool } = makePool({ host: hostWith({ attachCommand: () => new Array(1) }) })
  await pool.start()
  await pool.getOrCreateSession('a')
  await expect(pool.attachCommand('a')).rejects.toMatchObject({ code: 'HOST_REFUSED' })
})

test.each<[string, () => unknown]>([
  ['an error with a login', () => new Error('connect redis://u:hunter2@h failed')],
  ['an error whose message has no text', () => Object.assign(new Error('x'), { message: Object.create(null) })],
  ['a proxy that refuses everything', () => new Proxy(new Error('x'), { get: refuse, getPrototypeOf: refuse })],
  ['an object without a text', () => Object.create(null)],
])('a host that rejects with %s is unavailable, and its status shows no login', async (_, thrown) => {
  const host = { ...memoryHost({ clock }), list: async () => Promise.reject(thrown()) }
  const { pool } = makePool({ host })
  await pool.start()
  const error: unknown = await pool.getOrCreateSession('a').catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'HOST_UNAVAILABLE' })
  expect(JSON.stringify([pool.status(), pool.health(), error])).not.toContain('hunter2')
})

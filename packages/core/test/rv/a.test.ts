import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createSessionPool, memoryHost, memoryStore, type SessionHost } from '../../src/index.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { fill, heldStore, record, silentLogger } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'

test('R1 a session whose record cannot be read yet is not reaped', async () => {
  const host = memoryHost()
  const s = await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  const faulty = faultyStore()
  await faulty.plant('claude-a', record('claude-a', { incarnation: s.incarnation, status: 'active' }))
  faulty.faults.getMany = 'reject'
  faulty.faults.list = 'reject'
  const { pool } = makePool({
    host,
    metadata: { store: faulty.store },
    inactivityTimeoutMs: 100,
    cleanupIntervalMs: 20,
  })
  await pool.start()
  expect(pool.getSession('a')?.verified).toBe(false)
  await sleep(600)
  expect((await host.list()).map((x) => x.sessionName)).toEqual(['claude-a'])
})

test('R2 drained in the middle of a request, gateway killed: not reaped', async () => {
  const host = memoryHost()
  const store = memoryStore()
  const one = makePool({ host, metadata: { store } })
  await one.pool.start()
  await one.pool.getOrCreateSession('a')
  one.pool.trackRequestStart('a')
  await one.pool.setDraining('a', true)
  await one.pool.saveSessionMetadata('a')
  await one.pool.stop() // as a kill: no request completed
  const { pool } = makePool({ host, metadata: { store }, inactivityTimeoutMs: 100, cleanupIntervalMs: 20 })
  await pool.start()
  expect(pool.getSession('a')?.status).toBe('draining')
  await sleep(500)
  expect((await host.list()).length).toBe(1)
})

test('R3 an incarnation that was not listed for a while keeps its history', async () => {
  const inner = memoryHost()
  let hidden = false
  const host: SessionHost = { ...inner, list: async () => (await inner.list()).map((x) => ({ ...x, exited: hidden })) }
  const store = memoryStore()
  const { pool } = makePool({ host, metadata: { store } })
  await pool.start()
  await pool.getOrCreateSession('a')
  for (let i = 0; i < 9; i++) await pool.withRequest('a', () => undefined)
  await pool.saveSessionMetadata('a')
  hidden = true // remain-on-exit: its command ended
  await sleep(100)
  expect(pool.getSession('a')).toBeUndefined()
  hidden = false // respawn-pane: the same incarnation lives again
  await pool.discoverExistingSessions()
  await sleep(50)
  expect(pool.getSession('a')?.totalRequests).toBe(9)
})

test('R5 deleteSession while the host cannot say does not say SESSION_NOT_FOUND', async () => {
  const host = memoryHost()
  await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  host.control.setUnavailable('down')
  const { pool } = makePool({ host, metadata: { store: memoryStore() } })
  await pool.start()
  await expect(pool.deleteSession('a')).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })
})

test('R6 an empty prefix is refused: everybody’s sessions would be ours', () => {
  expect(() => makePool({ host: memoryHost(), sessionPrefix: '' })).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID' }),
  )
})

const schema = {
  '~standard': {
    version: 1 as const,
    vendor: 't',
    validate: (v: unknown) =>
      typeof (v as { n?: unknown }).n === 'number'
        ? { value: v as Record<string, unknown> }
        : { issues: [{ message: 'n' }] },
  },
}
test('R7 refused attributes are not kept', async () => {
  const held = heldStore()
  const { pool } = makePool({ host: memoryHost(), metadata: { store: held.store }, attributes: schema })
  await pool.start()
  await pool.getOrCreateSession('a')
  expect(() => pool.setAttributes('a', { n: 'x' })).toThrow()
  pool.trackRequestStart('a')
  await pool.saveSessionMetadata('a')
  expect((await held.stored()).get('claude-a')?.attributes).toBeUndefined()
})

test('R8 a schema that throws on one record does not hide the others', async () => {
  const host = memoryHost()
  const store = memoryStore()
  for (const w of ['a', 'b', 'c']) await host.create(`claude-${w}`, { workspace: w, pool: 'claude-', createdAt: 1000 })
  await fill(
    store,
    ['a', 'b', 'c'].map((w) => record(`claude-${w}`, { attributes: { bad: 1 } })),
  )
  const throwing = {
    '~standard': {
      version: 1 as const,
      vendor: 't',
      validate: () => {
        throw new Error('schema bug')
      },
    },
  }
  const { pool, log } = makePool({ host, metadata: { store, maxRetryMs: 5000 }, attributes: throwing as never })
  await pool.start()
  console.log(log.lines.map((l) => `${l.level} ${l.message} ${(l.fields.err as Error)?.message ?? ''}`))
  expect(pool.listSessions().length).toBe(3)
})

test('R9 maxSessions holds when an exited session is replaced', async () => {
  const inner = memoryHost()
  await inner.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  inner.control.exit('claude-a')
  const host: SessionHost = {
    ...inner,
    list: async () => {
      await sleep(5)
      return inner.list()
    },
  }
  const { pool } = makePool({ host, metadata: { store: memoryStore() }, maxSessions: 1, livenessIntervalMs: 5000 })
  await pool.start()
  const a = pool.getOrCreateSession('a')
  await sleep(3)
  const b = pool.getOrCreateSession('b')
  await Promise.allSettled([a, b])
  expect(pool.listSessions().length).toBe(1)
})

test('R10 terminate() also ends a session that is being made', async () => {
  const inner = memoryHost()
  const host: SessionHost = {
    ...inner,
    create: async (...args) => {
      const s = await inner.create(...args)
      await sleep(30)
      return s
    },
  }
  const { pool } = makePool({ host, metadata: { store: memoryStore() } })
  await pool.start()
  const making = pool.getOrCreateSession('a').catch(() => undefined)
  const report = await pool.terminate()
  await making
  console.log(report)
  expect(await inner.list()).toEqual([])
})

test('R11 stop() flushes to a healthy store though a session is not ready', async () => {
  const { pool } = makePool({
    host: memoryHost(),
    metadata: { store: memoryStore(), flushIntervalMs: 60_000 },
    ready: (s) => (s.workspace === 'slow' ? new Promise(() => {}) : undefined),
    readyTimeoutMs: 2000,
  })
  await pool.start()
  for (let i = 0; i < 30; i++) await pool.getOrCreateSession(`w${i}`)
  for (let i = 0; i < 30; i++) pool.trackRequestStart(`w${i}`)
  void pool.getOrCreateSession('slow').catch(() => undefined)
  await sleep(5)
  const report = await pool.stop({ deadlineMs: 300 })
  expect(report.unsaved).toEqual([])
})

test('R12 sendText works before start()', async () => {
  const host = memoryHost()
  await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  const { pool } = makePool({ host, metadata: { store: memoryStore() } })
  await pool.sendText('a', 'x')
})

test('R14 start() does not reject for a host that cannot be opened, and opens once', async () => {
  let _opened = 0
  const host: SessionHost = {
    ...memoryHost(),
    open: async () => {
      _opened += 1
      throw Object.assign(new Error('down'), { code: 'HOST_UNAVAILABLE' })
    },
  }
  const { pool } = makePool({ host, metadata: { store: memoryStore() } })
  await expect(pool.start()).resolves.toBeUndefined()
})

test('R15 a store object that keeps nothing is "off"', async () => {
  const { noneStore } = await import('../../src/index.ts')
  const { pool, log } = makePool({ host: memoryHost(), metadata: { store: noneStore() } })
  await pool.start()
  expect(pool.persistence().effective.reason).toBe('off')
  expect(log.lines.some((l) => /not kept/.test(l.message))).toBe(true)
})
void createSessionPool
void silentLogger

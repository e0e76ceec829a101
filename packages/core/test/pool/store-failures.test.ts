import { describe, expect, test, vi } from 'vitest'
import { memoryHost } from '../../src/testing.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, until } from '../support/time.ts'

const stored = (session: string, more: object) => ({
  sessionName: session,
  workspace: session.replace('claude-', ''),
  createdAt: 1000,
  lastActivityAt: 2000,
  totalRequests: 9,
  status: 'idle',
  ...more,
})

describe('a store that is down at start', () => {
  test('sessions are served unverified, and merged when it answers: 9 stored requests and 1 new are 10', async () => {
    const host = memoryHost({ clock })
    const { incarnation } = host.control.add('claude-a')
    const faulty = faultyStore()
    await faulty.plant('claude-a', stored('claude-a', { incarnation }))
    faulty.faults.open = 'reject'
    const { pool, log } = makePool({ host, metadata: { store: faulty.store } })
    await pool.start()
    expect(pool.getSession('a')).toMatchObject({ totalRequests: 0, verified: false })
    expect(log.with('Session discovered without metadata - using defaults')).toEqual([])
    expect(pool.persistence().effective).toMatchObject({ stores: ['memory'], reason: 'degraded' })
    pool.trackRequestStart('a')
    pool.trackRequestComplete('a')
    faulty.faults.open = 'none'
    await until(() =>
      expect(pool.getSession('a')).toMatchObject({ totalRequests: 10, createdAt: 1000, verified: true }),
    )
    await until(async () => expect(await faulty.record('claude-a')).toMatchObject({ totalRequests: 10 }))
    expect(pool.persistence().effective).toMatchObject({ stores: ['faulty'], reason: 'ok' })
    expect((await pool.discoverExistingSessions()).recovered).toEqual(['a'])
  })

  test('nothing is written before it has answered', async () => {
    const host = memoryHost({ clock })
    host.control.add('claude-a')
    const faulty = faultyStore()
    faulty.faults.list = 'reject'
    const { pool } = makePool({ host, metadata: { store: faulty.store } })
    await pool.start()
    pool.trackRequestStart('a')
    await until(() => expect(faulty.calls.filter(({ verb }) => verb === 'list').length).toBeGreaterThan(3))
    expect(faulty.calls.some(({ verb }) => verb === 'setMany')).toBe(false)
  })
})

test('a store that no longer has a record which it acknowledged counts as lacking it until it is written again', async () => {
  const { pool, faulty } = await poolOnFaulty('a')
  await until(() => expect(pool.getSession('a')).toMatchObject({ saved: true }))
  await faulty.inner.deleteMany(['claude-a'], { signal: new AbortController().signal })
  faulty.faults.setMany = 'reject'
  await pool.discoverExistingSessions()
  expect(pool.getSession('a')).toMatchObject({ saved: false })
  expect(pool.persistence()).toMatchObject({ saved: 0, sessions: 1 })
  faulty.faults.setMany = 'none'
  await until(() => expect(pool.getSession('a')).toMatchObject({ saved: true }))
  expect(await faulty.record('claude-a')).toMatchObject({ workspace: 'a' })
})

/** A pool with these sessions, and its store that can be made to fail. */
async function poolOnFaulty(...workspaces: string[]) {
  const faulty = faultyStore()
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: faulty.store } })
  await pool.start()
  for (const workspace of workspaces) await pool.getOrCreateSession(workspace)
  return { pool, faulty }
}

describe('a store that fails while running', () => {
  for (const fault of ['reject', 'reject-after', 'hang', 'throw'] as const) {
    test(`requests go on, and the store gets what it missed after: ${fault}`, async () => {
      const { pool, faulty } = await poolOnFaulty('a')
      faulty.faults.setMany = fault
      for (let i = 0; i < 5; i += 1) expect(pool.trackRequestStart('a')).toBe(true)
      await expect(pool.saveSessionMetadata('a')).rejects.toMatchObject({ retryable: true })
      await pool.getOrCreateSession('b')
      expect(pool.getSession('b')).toMatchObject({ saved: false })
      faulty.faults.setMany = 'none'
      faulty.release()
      await until(async () => expect(await faulty.record('claude-a')).toMatchObject({ totalRequests: 5 }))
      await until(() => expect(pool.getSession('b')).toMatchObject({ saved: true }))
      expect(faulty.mostWriting()).toBe(1)
    })
  }

  test('a write that hangs and lands late does not restore the record of a deleted session', async () => {
    const { pool, faulty } = await poolOnFaulty('a')
    const degraded = vi.fn()
    pool.on('store:degraded', degraded)
    faulty.faults.setMany = 'hang'
    pool.trackRequestStart('a')
    await until(() => expect(degraded).toHaveBeenCalled())
    faulty.faults.setMany = 'none'
    await pool.deleteSession('a', { force: true })
    faulty.release()
    await until(() => expect(pool.persistence()).toMatchObject({ effective: { reason: 'ok' }, oldestDirtyMs: 0 }))
    expect(await faulty.record('claude-a')).toBeUndefined()
  })

  test('a store that comes back empty gets every record again', async () => {
    const { pool, faulty } = await poolOnFaulty('a', 'b')
    faulty.faults.setMany = 'reject'
    faulty.faults.list = 'reject'
    pool.trackRequestStart('a')
    await until(() => expect(pool.persistence().effective.reason).toBe('degraded'))
    await faulty.inner.deleteMany(['claude-a', 'claude-b'], { signal: new AbortController().signal })
    faulty.faults.setMany = 'none'
    faulty.faults.list = 'none'
    await until(async () => expect(await faulty.record('claude-b')).toMatchObject({ workspace: 'b' }))
    expect(await faulty.record('claude-a')).toMatchObject({ totalRequests: 1 })
  })

  test('stop() reports the sessions that it could not save', async () => {
    const { pool, faulty } = await poolOnFaulty('a', 'b')
    faulty.faults.setMany = 'hang'
    pool.trackRequestStart('b')
    expect(await pool.stop({ timeoutMs: 150 })).toEqual({ saved: 1, unsaved: ['claude-b'] })
    faulty.release()
  })
})

describe('records that must not be overwritten', () => {
  test('a corrupt record is set aside before the session is saved, and that is logged', async () => {
    const host = memoryHost({ clock })
    host.control.add('claude-a')
    const faulty = faultyStore()
    await faulty.plant('claude-a', stored('claude-a', { totalRequests: -1 }))
    const aside: string[] = []
    const store = { ...faulty.store, setAside: async (names: readonly string[]) => void aside.push(...names) }
    const { pool, log } = makePool({ host, metadata: { store } })
    await pool.start()
    expect(pool.getSession('a')).toMatchObject({ totalRequests: 0, origin: 'host' })
    expect(log.with('Failed to load session metadata')[0]?.fields).toMatchObject({
      workspace: 'a',
      code: 'STORE_RECORD_UNREADABLE',
    })
    await until(async () => expect(await faulty.record('claude-a')).toMatchObject({ totalRequests: 0 }))
    expect(aside).toEqual(['claude-a'])
    expect(log.with('Unreadable records were set aside')[0]?.fields).toMatchObject({ names: ['claude-a'] })
  })

  test('a corrupt record stays when the store cannot set it aside', async () => {
    const host = memoryHost({ clock })
    host.control.add('claude-a')
    const faulty = faultyStore()
    await faulty.plant('claude-a', stored('claude-a', { totalRequests: -1 }))
    const { setAside: _, ...store } = faulty.store
    const { pool } = makePool({ host, metadata: { store } })
    await pool.start()
    await expect(pool.saveSessionMetadata('a')).rejects.toMatchObject({ code: 'STORE_RECORD_UNREADABLE' })
    expect(await faulty.record('claude-a')).toMatchObject({ totalRequests: -1 })
  })

  test('a record of a newer schema is not changed, and its session is served unverified', async () => {
    const host = memoryHost({ clock })
    host.control.add('claude-a')
    const faulty = faultyStore()
    const newer = stored('claude-a', { schemaVersion: 2 })
    await faulty.plant('claude-a', newer)
    const { pool } = makePool({ host, metadata: { store: faulty.store } })
    await pool.start()
    expect(await pool.discoverExistingSessions()).toMatchObject({
      unverified: ['a'],
      problems: [{ code: 'STORE_RECORD_NEWER' }],
    })
    pool.trackRequestStart('a')
    await expect(pool.saveSessionMetadata('a')).rejects.toMatchObject({ code: 'STORE_RECORD_NEWER' })
    expect(await faulty.record('claude-a')).toEqual(newer)
  })

  test('a record of another pool is not changed', async () => {
    const host = memoryHost({ clock })
    host.control.add('claude-a')
    const faulty = faultyStore()
    const foreign = stored('claude-a', { pool: 'other' })
    await faulty.plant('claude-a', foreign)
    const { pool } = makePool({ host, metadata: { store: faulty.store } })
    await pool.start()
    await expect(pool.saveSessionMetadata('a')).rejects.toMatchObject({ code: 'STORE_RECORD_FOREIGN' })
    expect(await faulty.record('claude-a')).toEqual(foreign)
  })
})

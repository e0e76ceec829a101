import { describe, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { memoryStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep, until } from '../support/time.ts'

const open = async (more: object = {}) => {
  const host = memoryHost({ clock })
  const store = memoryStore()
  const make = async () => {
    const made = makePool({ host, ...more, metadata: { store } })
    await made.pool.start()
    return made
  }
  return { host, store, make, ...(await make()) }
}

test('requests are counted at their start, and the last one to end makes the session idle', async () => {
  const { pool } = await open()
  await pool.getOrCreateSession('a')
  pool.trackRequestStart('a')
  pool.trackRequestStart('a')
  pool.trackRequestComplete('a')
  expect(pool.getSession('a')).toMatchObject({ status: 'active', activeRequests: 1, totalRequests: 2 })
  pool.trackRequestComplete('a')
  pool.trackRequestComplete('a')
  expect(pool.getSession('a')).toMatchObject({ status: 'idle', activeRequests: 0, totalRequests: 2 })
  expect(pool.getStats()).toMatchObject({
    totalSessions: 1,
    idleSessions: 1,
    activeSessions: 0,
    totalRequests: 2,
    activeRequests: 0,
    maxSessions: 50,
    started: true,
  })
})

test('withRequest counts its request until the callback settles, also when it throws', async () => {
  const { pool } = await open()
  await pool.getOrCreateSession('a')
  expect(await pool.withRequest('a', ({ activeRequests }) => activeRequests)).toBe(1)
  await expect(pool.withRequest('a', () => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
  expect(pool.getSession('a')).toMatchObject({ totalRequests: 2, activeRequests: 0 })
  await expect(pool.withRequest('b', () => 1)).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
})

test('activity with wrong arguments is refused, and counts nothing', async () => {
  const { pool } = await open()
  await pool.getOrCreateSession('a')
  await expect(pool.withRequest('a', undefined as never)).rejects.toThrow('withRequest() needs a function')
  for (const wrong of [null, 5, [], { stauts: 'idle' }])
    expect(() => pool.touch('a', wrong as never)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  expect(pool.getSession('a')).toMatchObject({ totalRequests: 0, status: 'idle' })
})

test('setting attributes, saving, discovery and draining do not change lastActivityAt', async () => {
  const { pool, make } = await open()
  const { lastActivityAt } = await pool.getOrCreateSession('a')
  await sleep(5)
  pool.setAttributes('a', { x: 1 })
  await pool.saveSessionMetadata('a')
  await pool.discoverExistingSessions()
  await pool.setDraining('a', true)
  await pool.setDraining('a', false)
  expect(pool.getSession('a')?.lastActivityAt).toBe(lastActivityAt)
  await pool.stop()
  expect((await make()).pool.getSession('a')?.lastActivityAt).toBe(lastActivityAt)
})

describe('draining', () => {
  test('a draining session refuses new requests, also after a restart, until draining is cleared', async () => {
    const { pool, make } = await open()
    await pool.getOrCreateSession('a')
    await pool.setDraining('a', true)
    expect(pool.trackRequestStart('a')).toBe(false)
    await pool.stop()
    const { pool: next } = await make()
    expect(next.getSession('a')?.status).toBe('draining')
    await expect(next.getOrCreateSession('a')).rejects.toMatchObject({ code: 'SESSION_DRAINING' })
    await expect(next.withRequest('a', () => 1)).rejects.toMatchObject({ code: 'SESSION_DRAINING' })
    await next.setDraining('a', false)
    expect(next.trackRequestStart('a')).toBe(true)
  })
})

describe('attributes', () => {
  test('are merged, a key set to undefined is removed, and changing a view does not change the stored attributes', async () => {
    const { pool, make } = await open()
    await pool.getOrCreateSession('a', { attributes: { chat: 1, cwd: '/x' } })
    pool.setAttributes('a', { chat: { id: 2 }, cwd: undefined })
    const shown = pool.getSession('a')?.attributes as { chat: { id: number } }
    expect(() => {
      shown.chat.id = 3
    }).toThrow(TypeError)
    await pool.stop()
    expect((await make()).pool.getSession('a')?.attributes).toEqual({ chat: { id: 2 } })
  })

  test.each([[() => ({ f: 1n })], [() => [1]], [() => null], [() => 'x'], [() => ({ big: 'x'.repeat(300_000) })]])(
    'that cannot be stored are refused, and nothing changes: %s',
    async (make) => {
      const { pool } = await open()
      await pool.getOrCreateSession('a', { attributes: { ok: true } })
      expect(() => pool.setAttributes('a', make() as object)).toThrow(
        expect.objectContaining({ code: 'INVALID_ATTRIBUTES' }),
      )
      expect(pool.getSession('a')?.attributes).toEqual({ ok: true })
    },
  )

  test('that fail their schema are written back unchanged, and the rest of the record is recovered', async () => {
    const { pool, make, host, store } = await open()
    await pool.getOrCreateSession('a', { attributes: { chat: 'seven' } })
    pool.trackRequestStart('a')
    await pool.stop()
    const typed = makePool({ host, metadata: { store }, attributes: z.object({ chat: z.number() }) })
    await typed.pool.start()
    expect(typed.pool.getSession('a')).toMatchObject({ totalRequests: 1 })
    expect(typed.pool.getSession('a')?.attributes).toBeUndefined()
    typed.pool.trackRequestStart('a')
    await typed.pool.stop()
    const { pool: last } = await make()
    expect(last.getSession('a')).toMatchObject({ totalRequests: 2, attributes: { chat: 'seven' } })
  })
})

describe('reaping', () => {
  const silent = { inactivityTimeoutMs: 60, cleanupIntervalMs: 15, livenessIntervalMs: 10 }

  test('is off by default', async () => {
    const { pool } = await open({ cleanupIntervalMs: 10 })
    await pool.getOrCreateSession('a')
    await sleep(100)
    expect(pool.listSessions()).toHaveLength(1)
  })

  test('ends a session in which neither pool nor host saw activity, and emits its final record', async () => {
    const { pool, host } = await open(silent)
    const deleted = vi.fn()
    pool.on('session:deleted', deleted)
    await pool.getOrCreateSession('a')
    await until(() => expect(pool.listSessions()).toEqual([]))
    expect(deleted.mock.calls[0]?.[0]).toMatchObject({ reason: 'idle', session: { workspace: 'a' } })
    expect(await host.list()).toEqual([])
  })

  test('keeps sessions that are busy, attached, unproven, refused by mayReap, or were active when the last gateway died', async () => {
    const first = await open()
    const { host, store } = first
    await first.pool.getOrCreateSession('interrupted')
    first.pool.trackRequestStart('interrupted')
    await first.pool.stop()
    host.control.add('claude-byname')
    const { pool } = makePool({
      host,
      metadata: { store },
      ...silent,
      mayReap: ({ workspace }) => workspace !== 'refused',
    })
    await pool.start()
    for (const workspace of ['busy', 'attached', 'refused', 'idle']) await pool.getOrCreateSession(workspace)
    pool.trackRequestStart('busy')
    host.control.setAttached('claude-attached', true)
    await until(() => expect(pool.getSession('idle')).toBeUndefined())
    await sleep(150)
    expect(
      pool
        .listSessions()
        .map(({ workspace }) => workspace)
        .toSorted(),
    ).toEqual(['attached', 'busy', 'byname', 'interrupted', 'refused'])
    expect(pool.getSession('interrupted')?.status).toBe('active')
  })

  test('the first request of an idle session is written at once where silent sessions are ended, and no other request is', async () => {
    const store = memoryStore()
    const setMany = vi.spyOn(store, 'setMany')
    for (const inactivityTimeoutMs of [0, 3_600_000]) {
      const metadata = { store, flushIntervalMs: 60_000 }
      const { pool } = makePool({ host: memoryHost({ clock }), metadata, inactivityTimeoutMs })
      await pool.start()
      await pool.getOrCreateSession('a')
      setMany.mockClear()
      for (let at = 0; at < 20; at += 1) pool.trackRequestStart('a')
      await sleep(50)
      for (let at = 0; at < 19; at += 1) pool.trackRequestComplete('a')
      pool.trackRequestStart('a')
      await sleep(50)
      expect(setMany).toHaveBeenCalledTimes(inactivityTimeoutMs === 0 ? 0 : 1)
      await pool.stop()
    }
  })

  test('output that only the host sees counts as activity', async () => {
    const { pool, host } = await open(silent)
    const session = await pool.getOrCreateSession('a')
    for (let i = 0; i < 12; i += 1) {
      await host.sendText(session, 'output')
      await sleep(15)
    }
    expect(pool.listSessions()).toHaveLength(1)
  })
})

describe('orphans', () => {
  test('the record of a session that ended by itself is kept until it expires, and is then deleted in the background', async () => {
    const { pool, host, store } = await open({ orphanTtlMs: 80, cleanupIntervalMs: 20 })
    const session = await pool.getOrCreateSession('a')
    pool.trackRequestStart('a')
    await host.kill(session)
    await until(() => expect(pool.getSession('a')).toBeUndefined())
    const read = async () =>
      (await store.getMany(['claude-a'], { signal: new AbortController().signal })).get('claude-a')
    await until(async () => expect(await read()).toMatchObject({ totalRequests: 1, expiresAt: expect.any(Number) }))
    await until(async () => expect(await read()).toBeUndefined())
  })

  test('the record of an ended session that is kept for ever is read again after a restart', async () => {
    const { pool, host, make } = await open({ orphanTtlMs: Number.MAX_SAFE_INTEGER, livenessIntervalMs: 10 })
    const session = await pool.getOrCreateSession('a')
    pool.trackRequestStart('a')
    await host.kill(session)
    await until(() => expect(pool.getSession('a')).toBeUndefined())
    expect(await pool.stop()).toMatchObject({ unsaved: [] })
    const { pool: next } = await make()
    expect(await next.discoverExistingSessions()).toMatchObject({
      problems: [],
      orphaned: [{ sessionName: 'claude-a' }],
    })
    expect(await next.listEnded()).toMatchObject([{ workspace: 'a', totalRequests: 1 }])
  })

  test('discovery sets the expiry of an orphan, and never deletes it', async () => {
    const { pool, host, make, store } = await open()
    const session = await pool.getOrCreateSession('a')
    await pool.stop()
    await host.kill(session)
    const { pool: next } = await make()
    const { orphaned } = await next.discoverExistingSessions()
    expect(orphaned).toMatchObject([{ sessionName: 'claude-a', expiresAt: expect.any(Number) }])
    await sleep(30)
    expect((await next.discoverExistingSessions()).orphaned).toEqual(orphaned)
    expect((await store.getMany(['claude-a'], { signal: new AbortController().signal })).has('claude-a')).toBe(true)
  })
})

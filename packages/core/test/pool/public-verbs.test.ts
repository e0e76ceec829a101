import { expect, expectTypeOf, test } from 'vitest'
import * as z from 'zod'
import { createSessionPool, memoryStore, openStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { makePool } from '../support/pools.ts'
import { clock } from '../support/time.ts'

async function started() {
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: memoryStore() } })
  await pool.start()
  return pool
}

test('of several calls that wait for one creation, only the first has created: true, and later calls have false', async () => {
  const pool = await started()
  const both = await Promise.all([pool.getOrCreateSession('a'), pool.getOrCreateSession('a')])
  expect(both.map(({ created }) => created)).toEqual([true, false])
  expect((await pool.getOrCreateSession('a')).created).toBe(false)
})

test('an unknown option of getOrCreateSession() is refused with a suggestion, also for an existing session', async () => {
  const pool = await started()
  const refusal = { code: 'CONFIG_INVALID', message: expect.stringContaining('did you mean "command"?') }
  const mistyped = { cwd: '/', comand: ['sh'] }
  await expect(pool.getOrCreateSession('a', mistyped)).rejects.toMatchObject(refusal)
  await pool.getOrCreateSession('a')
  await expect(pool.getOrCreateSession('a', mistyped)).rejects.toMatchObject(refusal)
})

test('an unknown key in the result of launch() is refused, and no session is created', async () => {
  const mistyped = { cmd: 'sh', command: 'sh' }
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: memoryStore() }, launch: () => mistyped })
  await pool.start()
  await expect(pool.getOrCreateSession('a')).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('launch(), for a, cannot use these options: cmd is not an option'),
  })
  expect(pool.listSessions()).toEqual([])
})

test('the view of an unchanged session is the same frozen object, and a change makes a new one', async () => {
  const pool = await started()
  await pool.getOrCreateSession('a')
  await pool.saveSessionMetadata('a')
  const before = pool.getSession('a')
  expect(Object.isFrozen(before)).toBe(true)
  expect(pool.getSession('a')).toBe(before)
  expect(pool.listSessions()[0]).toBe(before)
  pool.setAttributes('a', { chat: 'c-1' })
  const after = pool.getSession('a')
  expect(after).not.toBe(before)
  expect([before?.attributes, after?.attributes]).toEqual([undefined, { chat: 'c-1' }])
})

test('beginRequest() counts a request until the end of its block, and ends it only once', async () => {
  const pool = await started()
  await pool.getOrCreateSession('a')
  {
    using request = pool.beginRequest('a')
    expect(request.session.totalRequests).toBe(1)
    expect(pool.getSession('a')).toMatchObject({ activeRequests: 1, status: 'active' })
    request.end()
    expect(pool.getSession('a')).toMatchObject({ activeRequests: 0, status: 'idle' })
  }
  expect(pool.getSession('a')).toMatchObject({ activeRequests: 0, totalRequests: 1 })
})

test('beginRequest() throws and counts nothing when there is no session or it takes no requests', async () => {
  const pool = await started()
  expect(() => pool.beginRequest('a')).toThrow(expect.objectContaining({ code: 'SESSION_NOT_FOUND' }))
  await pool.getOrCreateSession('a')
  await pool.setDraining('a', true)
  expect(() => pool.beginRequest('a')).toThrow(expect.objectContaining({ code: 'SESSION_DRAINING' }))
  expect(pool.getSession('a')?.totalRequests).toBe(0)
})

test('a request that ends after its session was replaced does not end a request of the new session', async () => {
  const pool = await started()
  await pool.getOrCreateSession('a')
  const old = pool.beginRequest('a')
  await pool.deleteSession('a', { force: true })
  await pool.getOrCreateSession('a')
  const current = pool.beginRequest('a')
  old.end()
  expect(pool.getSession('a')?.activeRequests).toBe(1)
  current.end()
})

test('status() contains numbers, stores and selection as JSON, with the reasons for errors', async () => {
  const failing = { ...memoryStore(), open: () => Promise.reject(new Error('no redis://me:hunter2@h')) }
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: failing } })
  await pool.start()
  const status = JSON.parse(JSON.stringify(pool.status()))
  expect(status).toMatchObject({
    sessions: { totalSessions: 0, started: true },
    persistence: { effective: { reason: 'degraded' }, stores: [{ lastError: { code: 'STORE_UNAVAILABLE' } }] },
    selection: { layers: expect.any(Array) },
  })
  expect(status.persistence.stores[0].lastError.message).toContain('no redis://***@h')
})

test('a pool and an opened store are closed at the end of their block', async () => {
  const host = memoryHost({ clock })
  const store = memoryStore()
  {
    await using pool = createSessionPool({ clock, host, metadata: { store } })
    await pool.start()
    await pool.getOrCreateSession('a')
  }
  await using opened = await openStore(store)
  expect((await opened.getMany(['claude-a'], { signal: AbortSignal.timeout(5000) })).size).toBe(1)
})

test('attributes have the type of their schema in every verb', () => {
  const attributes = z.object({ chatId: z.string(), turns: z.number().optional() })
  const pool = createSessionPool({
    clock,
    host: memoryHost({ clock }),
    attributes,
    launch(_workspace, given) {
      expectTypeOf(given).toEqualTypeOf<z.infer<typeof attributes> | undefined>()
      return {}
    },
  })
  expectTypeOf(pool.getSession('a')?.attributes).toEqualTypeOf<z.infer<typeof attributes> | undefined>()
  expectTypeOf(pool.getOrCreateSession)
    .parameter(1)
    .toExtend<{ attributes?: { chatId: string } | undefined } | undefined>()
  expectTypeOf<{ chatId: undefined; turns: 1 }>().toExtend<Parameters<typeof pool.setAttributes>[1]>()
  expectTypeOf<{ chatId: number }>().not.toExtend<Parameters<typeof pool.setAttributes>[1]>()
  expectTypeOf<{ attributes: { turns: string } }>().not.toExtend<NonNullable<Parameters<typeof pool.touch>[1]>>()
})

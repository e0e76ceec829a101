import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import type { PoolEvents } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep, until } from '../support/time.ts'

async function poolWithOne() {
  const host = memoryHost({ clock })
  const { pool } = makePool({ host, metadata: { store: 'memory' } })
  await pool.start()
  await pool.getOrCreateSession('a')
  const changes: Array<PoolEvents<unknown>['session:changed']['changed']> = []
  pool.on('session:changed', ({ session, changed }) => {
    expect(session).toBe(pool.getSession('a'))
    changes.push(changed)
  })
  return { host, pool, changes }
}

test('a view shows pid, foreground program and clients of a session, and a change is reported once', async () => {
  const { host, pool, changes } = await poolWithOne()
  const before = pool.getSession('a')
  expect(before).toMatchObject({ exited: false, attached: false })
  expect(before).not.toHaveProperty('pid')
  host.control.setProcess('claude-a', { pid: 4711, foreground: 'make' })
  host.control.setAttached('claude-a', true)
  await until(() => expect(changes).toEqual([['attached', 'pid', 'foreground']]))
  expect(pool.getSession('a')).toMatchObject({ pid: 4711, foreground: 'make', attached: true })
  host.control.setProcess('claude-a', { foreground: 'bash' })
  await until(() => expect(changes).toEqual([['attached', 'pid', 'foreground'], ['foreground']]))
  await sleep(100)
  expect(changes).toHaveLength(2)
})

test('the silence of a view goes on while nothing is printed, and begins anew with output', async () => {
  const { host, pool } = await poolWithOne()
  const view = pool.getSession('a')
  await sleep(500)
  expect(pool.getSession('a')).toBe(view)
  expect(view?.silenceMs).toBeGreaterThanOrEqual(500)
  host.control.print('claude-a', 'hello')
  await until(() => expect(view?.silenceMs).toBeLessThan(200))
})

test('a view that is kept says that its session has ended', async () => {
  const { host, pool } = await poolWithOne()
  const [view, ready] = [pool.getSession('a'), await pool.getOrCreateSession('a')]
  host.hasEnded = () => true
  expect([view?.exited, ready.exited]).toEqual([true, true])
  delete host.hasEnded
  expect(view?.exited).toBe(false)
  await pool.deleteSession('a')
  expect([view?.exited, ready.exited]).toEqual([true, true])
})

test('a view is still plain JSON', async () => {
  const { pool } = await poolWithOne()
  const json = JSON.parse(JSON.stringify(pool.listSessions()[0]))
  expect(json).toMatchObject({ workspace: 'a', exited: false, attached: false, silenceMs: expect.any(Number) })
})

test('a view lists, copies and wraps like a plain object', async () => {
  const { host, pool } = await poolWithOne()
  const view = pool.getSession('a') as object
  expect(Object.getPrototypeOf(view)).toBe(Object.prototype)
  expect(Object.keys(view)).toEqual(expect.arrayContaining(['workspace', 'exited', 'silenceMs']))
  expect({ ...view }).toEqual(JSON.parse(JSON.stringify(view)))
  expect(inspect(view, { showHidden: true, depth: 20 })).not.toContain('activityAt')
  const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(view))
  const wrapped = new Proxy(view, {})
  expect([copy, wrapped]).toMatchObject([{ exited: false }, { exited: false }])
  host.hasEnded = () => true
  expect([copy, wrapped]).toMatchObject([{ exited: true }, { exited: true }])
})

test('status and attributes are reported when they change, counts and times are not', async () => {
  const { pool, changes } = await poolWithOne()
  pool.trackRequestStart('a')
  pool.trackRequestStart('a')
  pool.trackRequestComplete('a')
  expect(changes).toEqual([['status']])
  pool.trackRequestComplete('a')
  pool.touch('a')
  pool.setAttributes('a', { chat: 'c-1' })
  await pool.setDraining('a', true)
  pool.touch('a', { status: 'idle', attributes: { chat: 'c-2' } })
  expect(changes).toEqual([['status'], ['status'], ['attributes'], ['status'], ['status', 'attributes']])
})

test('a session that is found again is returned as the same object by getOrCreateSession', async () => {
  const { pool } = await poolWithOne()
  const first = await pool.getOrCreateSession('a')
  expect(await pool.getOrCreateSession('a')).toBe(first)
  pool.touch('a')
  expect(await pool.getOrCreateSession('a')).not.toBe(first)
})

test('a host that reports no proper pid or program is not believed', async () => {
  const { host, pool, changes } = await poolWithOne()
  host.control.setProcess('claude-a', { pid: -1, foreground: 'make' })
  await sleep(100)
  expect(pool.getSession('a')).toMatchObject({ exited: false })
  expect(changes).toEqual([])
})

import { expect, test } from 'vitest'
import { memoryStore } from '../../../src/index.ts'
import { memoryHost } from '../../../src/testing.ts'
import { makePool } from '../../support/pools.ts'
import { clock, sleep } from '../../support/time.ts'

async function poolAtWork() {
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: 'memory' } })
  await pool.getOrCreateSession('a')
  pool.trackRequestStart('a')
  return pool
}

test('deleteSession with waitMs takes no new requests, and ends the session when the running one has ended', async () => {
  const pool = await poolAtWork()
  const deleting = pool.deleteSession('a', { waitMs: 1000 })
  await sleep(10)
  expect(pool.getSession('a')?.status).toBe('draining')
  expect(pool.trackRequestStart('a')).toBe(false)
  const endedAt = clock.now()
  pool.trackRequestComplete('a')
  await deleting
  expect(pool.getSession('a')).toBeUndefined()
  expect(clock.now() - endedAt).toBeLessThan(900)
})

test('when the requests take longer than waitMs, the session stays and takes requests again', async () => {
  const pool = await poolAtWork()
  await expect(pool.deleteSession('a', { waitMs: 100 })).rejects.toMatchObject({ code: 'SESSION_BUSY' })
  expect(pool.getSession('a')?.status).toBe('active')
  expect(pool.trackRequestStart('a')).toBe(true)
})

test('a session that was draining before stays draining when the requests take too long', async () => {
  const pool = await poolAtWork()
  await pool.setDraining('a', true)
  await expect(pool.deleteSession('a', { waitMs: 100 })).rejects.toMatchObject({ code: 'SESSION_BUSY' })
  expect(pool.getSession('a')?.status).toBe('draining')
})

test('with force, a session whose requests take longer than waitMs is ended', async () => {
  const pool = await poolAtWork()
  await pool.deleteSession('a', { waitMs: 100, force: true })
  expect(pool.getSession('a')).toBeUndefined()
})

test('terminate() does not wait for a delete that waits', async () => {
  const pool = await poolAtWork()
  const refused = expect(pool.deleteSession('a', { waitMs: 3_600_000 })).rejects.toMatchObject({ code: 'SESSION_BUSY' })
  await sleep(10)
  const startedAt = clock.now()
  expect((await pool.terminate()).terminated).toEqual(['a'])
  expect(clock.now() - startedAt).toBeLessThan(1000)
  await refused
})

test.each([false, true])(
  'stop() during the wait leaves a session that takes requests in the next pool (force: %s)',
  async (force) => {
    const [host, store] = [memoryHost({ clock }), memoryStore()]
    const { pool } = makePool({ host, metadata: { store } })
    await pool.getOrCreateSession('a')
    pool.trackRequestStart('a')
    const deleting = pool.deleteSession('a', { waitMs: 3_600_000, force })
    const refused = expect(deleting).rejects.toMatchObject({ code: 'POOL_STOPPED' })
    await sleep(10)
    expect(pool.getSession('a')?.status).toBe('draining')
    expect(await pool.stop()).toEqual({ saved: 1, unsaved: [] })
    await refused
    const { pool: next } = makePool({ host, metadata: { store } })
    await next.start()
    expect(next.getSession('a')?.status).toBe('active')
    expect(next.trackRequestStart('a')).toBe(true)
  },
)

test('options that deleteSession does not have are refused', async () => {
  const pool = await poolAtWork()
  await expect(pool.deleteSession('a', { waitMS: 100 } as object)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  await expect(pool.deleteSession('a', { waitMs: -1 })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})

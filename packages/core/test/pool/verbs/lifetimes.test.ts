import { expect, test } from 'vitest'
import { memoryStore, type SessionPoolOptions } from '../../../src/index.ts'
import { memoryHost } from '../../../src/testing.ts'
import { makePool } from '../../support/pools.ts'
import { clock, sleep } from '../../support/time.ts'

type Options = Partial<SessionPoolOptions<Record<string, unknown>>>
/** A long time for these tests. */
const LONG = 2000

/** Makes pools over one host and one store, as the restarts of one gateway do. Rounds run only when `reapNow()` is called. */
function gateway() {
  const host = memoryHost({ clock })
  const store = memoryStore()
  const start = async (options: Options) => {
    const { pool } = makePool({
      host,
      metadata: { store },
      cleanupIntervalMs: 1_000_000,
      livenessIntervalMs: 50,
      ...options,
    })
    await pool.start()
    return pool
  }
  return { host, start }
}

test('reapNow() ends silent sessions now, and says which', async () => {
  const { start } = gateway()
  const pool = await start({ inactivityTimeoutMs: 100 })
  await pool.getOrCreateSession('a')
  expect(await pool.reapNow()).toEqual({ ended: [], expired: [] })
  await sleep(150)
  await pool.getOrCreateSession('b')
  expect(await pool.reapNow()).toEqual({ ended: ['a'], expired: [] })
})

test('reapNow() removes the expired records of ended sessions, and names them', async () => {
  const { host, start } = gateway()
  const pool = await start({ orphanTtlMs: 100 })
  await pool.getOrCreateSession('a')
  host.control.exit('claude-a', { exitCode: 0 })
  await sleep(500)
  expect(await pool.reapNow()).toEqual({ ended: [], expired: ['claude-a'] })
})

test('reapNow() is refused while the host cannot say what lives, and by observers and stopped pools', async () => {
  const { host, start } = gateway()
  const pool = await start({ inactivityTimeoutMs: 100 })
  host.control.setUnavailable('hangs')
  await expect(pool.reapNow()).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })
  await pool.stop()
  await expect(pool.reapNow()).rejects.toMatchObject({ code: 'POOL_STOPPED' })
  host.control.setUnavailable(undefined)
  const observer = await start({ role: 'observer' })
  await expect(observer.reapNow()).rejects.toMatchObject({ code: 'POOL_READ_ONLY' })
})

test('a session that has lived for maxLifeMs is ended once its request has ended, however busy it was', async () => {
  const { start } = gateway()
  const pool = await start({ maxLifeMs: 500 })
  const reasons: string[] = []
  pool.on('session:deleted', ({ reason }) => reasons.push(reason))
  await pool.getOrCreateSession('a')
  pool.trackRequestStart('a')
  await sleep(600)
  expect((await pool.reapNow()).ended).toEqual([])
  pool.trackRequestComplete('a')
  expect((await pool.reapNow()).ended).toEqual(['a'])
  expect(reasons).toEqual(['idle'])
})

test('the life of a session counts from its creation, also by an earlier run', async () => {
  const { start } = gateway()
  const before = await start({})
  await before.getOrCreateSession('a')
  await sleep(300)
  await before.stop()
  const pool = await start({ maxLifeMs: 500 })
  expect((await pool.reapNow()).ended).toEqual([])
  await sleep(300)
  expect((await pool.reapNow()).ended).toEqual(['a'])
})

test('without silenceOverRestarts the silence begins anew with each run', async () => {
  const { start } = gateway()
  const before = await start({})
  await before.getOrCreateSession('a')
  await before.stop()
  await sleep(2 * LONG)
  const pool = await start({ inactivityTimeoutMs: LONG })
  await sleep(100)
  expect((await pool.reapNow()).ended).toEqual([])
})

test('with silenceOverRestarts a session that was silent through a restart is ended', async () => {
  const { start } = gateway()
  const options = { inactivityTimeoutMs: LONG, silenceOverRestarts: true }
  const before = await start(options)
  await before.getOrCreateSession('a')
  await before.getOrCreateSession('b')
  await before.stop()
  await sleep(LONG + 100)
  const pool = await start(options)
  await pool.getOrCreateSession('b')
  await sleep(100)
  expect((await pool.reapNow()).ended).toEqual(['a'])
})

test('with silenceOverRestarts output between two runs counts as activity', async () => {
  const { host, start } = gateway()
  const options = { inactivityTimeoutMs: LONG, silenceOverRestarts: true }
  const before = await start(options)
  await before.getOrCreateSession('a')
  await before.stop()
  await sleep(LONG / 2)
  host.control.print('claude-a', 'still building')
  await sleep(LONG / 2 + 100)
  const pool = await start(options)
  expect((await pool.reapNow()).ended).toEqual([])
  await sleep(LONG / 2)
  expect((await pool.reapNow()).ended).toEqual(['a'])
})

async function afterACrash(options: Options) {
  const { host, start } = gateway()
  const before = await start({})
  await before.getOrCreateSession('a')
  before.trackRequestStart('a')
  await before.saveSessionMetadata('a')
  await before.stop()
  return { host, pool: await start(options) }
}

test('a session that was active when its gateway died stays active, whatever its silence', async () => {
  const { pool } = await afterACrash({ inactivityTimeoutMs: 100 })
  await sleep(LONG)
  expect((await pool.reapNow()).ended).toEqual([])
  expect(pool.getSession('a')?.status).toBe('active')
})

test('with staleActiveMs it counts as idle after that silence, and is then ended like any other', async () => {
  const { pool } = await afterACrash({ inactivityTimeoutMs: 100, staleActiveMs: LONG })
  const changed: string[] = []
  pool.on('session:changed', (event) => changed.push(...event.changed))
  await sleep(LONG / 2)
  expect((await pool.reapNow()).ended).toEqual([])
  await sleep(LONG / 2 + 100)
  expect((await pool.reapNow()).ended).toEqual(['a'])
  expect(changed).toEqual(['status'])
})

test('with staleActiveMs a session that still prints is at work', async () => {
  const { host, pool } = await afterACrash({ staleActiveMs: LONG })
  await sleep(LONG - 300)
  host.control.print('claude-a', 'still building')
  await sleep(600)
  await pool.reapNow()
  expect(pool.getSession('a')?.status).toBe('active')
})

test('with staleActiveMs a request of this run keeps its session active', async () => {
  const { pool } = await afterACrash({ staleActiveMs: LONG })
  pool.trackRequestStart('a')
  await sleep(2 * LONG)
  await pool.reapNow()
  expect(pool.getSession('a')?.status).toBe('active')
})

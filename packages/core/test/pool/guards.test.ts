import { expect, onTestFinished, test } from 'vitest'
import { createSessionPool, HostError, type SessionPoolOptions } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { fill, heldStore, record, silentLogger } from '../support/held-store.ts'
import { clock, sleep, until } from '../support/time.ts'

const NEVER = 3_600_000

/** A pool on a store whose calls the test can hold. Unless `flushIntervalMs` is given, there is no periodic flush. */
function poolOn(
  held: ReturnType<typeof heldStore>,
  metadata: object = {},
  rest: Partial<SessionPoolOptions<object>> = {},
) {
  const pool = createSessionPool({
    clock,
    host: memoryHost({ clock }),
    metadata: {
      store: held.store,
      flushIntervalMs: NEVER,
      ackTimeoutMs: 50,
      maxRetryMs: 10,
      attachTimeoutMs: 50,
      ...metadata,
    },
    logger: silentLogger,
    ...rest,
  })
  onTestFinished(async () => void (await pool.stop({ timeoutMs: 200 })))
  return pool
}

/** A living session of the pool, and the record that an earlier run stored of it. */
async function storedSession(fields: object = {}) {
  const host = memoryHost({ clock })
  const held = heldStore()
  const { incarnation } = await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  await fill(held.store, [record('claude-a', { incarnation, ...fields })])
  held.log.length = 0
  return { host, held }
}

const attached = (pool: ReturnType<typeof createSessionPool>) =>
  until(() => expect(pool.persistence().effective.reason).toBe('ok'))

test.each([
  ['of a newer release', { schemaVersion: 2 }],
  ['of another pool', { pool: 'another' }],
])('a record %s under the name of a session is not overwritten', async (_, fields) => {
  const { host, held } = await storedSession(fields)
  const before = await held.stored()
  const pool = poolOn(held, {}, { host })
  await pool.start()
  pool.trackRequestStart('a')
  await expect(pool.saveSessionMetadata('a')).rejects.toThrow(/it is left alone/)
  await pool.stop()
  expect(await held.stored()).toEqual(before)
})

test('an unreadable record is set aside before the session of that name is written', async () => {
  const { host, held } = await storedSession({ totalRequests: -1 })
  const pool = poolOn(held, {}, { host })
  await pool.start()
  await pool.saveSessionMetadata('a')
  expect(held.log.filter((call) => call !== 'open' && call !== 'getMany').slice(0, 2)).toEqual(['setAside', 'setMany'])
})

test('requests made before a store answers are added to its count: 42 stored and 1 new are 43', async () => {
  const { host, held } = await storedSession()
  held.fail('open')
  const pool = poolOn(held, {}, { host, livenessIntervalMs: 10 })
  await pool.start()
  pool.trackRequestStart('a')
  held.mend()
  await attached(pool)
  expect(pool.getSession('a')).toMatchObject({ totalRequests: 43, verified: true })
})

test('a discovery neither counts nor writes again what this run wrote itself', async () => {
  const { host, held } = await storedSession()
  const pool = poolOn(held, {}, { host })
  await pool.start()
  pool.trackRequestStart('a')
  const { revision } = await pool.saveSessionMetadata('a')
  await pool.discoverExistingSessions()
  expect(pool.getSession('a')).toMatchObject({ totalRequests: 43, revision })
})

test('a session is not written to a store whose record of it could not be read', async () => {
  const { host, held } = await storedSession()
  held.failName('getMany', 'claude-a')
  const pool = poolOn(held, { saveTimeoutMs: 50 }, { host })
  await pool.start()
  expect(pool.getSession('a')).toMatchObject({ verified: false })
  pool.trackRequestStart('a')
  await expect(pool.saveSessionMetadata('a')).rejects.toMatchObject({ retryable: true })
  held.mend()
  expect((await held.stored()).get('claude-a')).toMatchObject({ totalRequests: 42 })
})

test('the record of a session that cannot be killed is kept', async () => {
  const { host, held } = await storedSession()
  const kill = async () => {
    throw new HostError('HOST_REFUSED', 'no')
  }
  const pool = poolOn(held, {}, { host: { ...host, kill } })
  await pool.start()
  await expect(pool.deleteSession('a')).rejects.toMatchObject({ code: 'HOST_REFUSED' })
  expect(pool.getSession('a')).toBeDefined()
  await pool.stop()
  expect((await held.stored()).has('claude-a')).toBe(true)
})

test('a session that changes during its write is written again', async () => {
  const { host, held } = await storedSession()
  const pool = poolOn(held, {}, { host })
  await pool.start()
  const writing = held.holdBefore('setMany')
  const saving = pool.saveSessionMetadata('a')
  await writing.reached
  pool.trackRequestStart('a')
  pool.persistence()
  writing.release()
  await saving
  await pool.stop()
  expect((await held.stored()).get('claude-a')).toMatchObject({ totalRequests: 43 })
})

test('a name that fails in a batch stays dirty, and the other names are acknowledged', async () => {
  const held = heldStore()
  const pool = poolOn(held, { flushIntervalMs: 5 })
  await pool.getOrCreateSession('a')
  await pool.getOrCreateSession('b')
  held.failName('setMany', 'claude-a')
  for (const workspace of ['a', 'b']) pool.trackRequestStart(workspace)
  await until(() => expect(pool.getSession('b')).toMatchObject({ saved: true }))
  expect(pool.getSession('a')).toMatchObject({ saved: false })
  held.mend()
  await until(() => expect(pool.getSession('a')).toMatchObject({ saved: true }))
  await pool.stop()
  expect((await held.stored()).get('claude-a')).toMatchObject({ totalRequests: 1 })
  expect((await held.stored()).get('claude-b')).toMatchObject({ totalRequests: 1 })
})

test('a store call that never settles is given up after callTimeoutMs', async () => {
  const held = heldStore()
  const pool = poolOn(held, { callTimeoutMs: 20, saveTimeoutMs: 2000 })
  await pool.getOrCreateSession('a')
  const writing = held.holdBefore('setMany')
  await expect(pool.saveSessionMetadata('a')).rejects.toThrow('did not answer within 20 ms')
  writing.release()
})

test('a store gets one writing call at a time', async () => {
  const held = heldStore()
  const pool = poolOn(held)
  await pool.getOrCreateSession('a')
  await pool.getOrCreateSession('b')
  const writing = held.holdBefore('setMany')
  const saving = pool.saveSessionMetadata('a')
  await writing.reached
  const other = pool.saveSessionMetadata('b')
  await new Promise((resolve) => setImmediate(resolve))
  writing.release()
  await Promise.all([saving, other])
  expect(held.mostAtOnce()).toBe(1)
})

test('a write that lands after its time-out does not restore the record of a deleted session', async () => {
  const held = heldStore()
  const pool = poolOn(held, { callTimeoutMs: 20, flushIntervalMs: 5 })
  await pool.getOrCreateSession('a')
  const writing = held.holdBefore('setMany')
  await expect(pool.saveSessionMetadata('a')).rejects.toMatchObject({ code: 'STORE_TIMEOUT' })
  await pool.deleteSession('a')
  await sleep(60)
  expect(held.log).not.toContain('deleteMany')
  writing.release()
  await until(() => expect(held.log).toContain('deleteMany'))
  await pool.stop()
  expect([...(await held.stored()).keys()]).toEqual([])
})

test('the record of a session that ended by itself is kept until it expires', async () => {
  const { host, held } = await storedSession()
  await host.kill({ sessionName: 'claude-a' })
  const pool = poolOn(held, {}, { host })
  await pool.start()
  await pool.discoverExistingSessions()
  await pool.stop()
  expect((await held.stored()).get('claude-a')).toMatchObject({ totalRequests: 42, expiresAt: expect.any(Number) })
})

test('a store that another pool has locked is read, and not written', async () => {
  const { host, held } = await storedSession()
  held.lock()
  const pool = poolOn(held, { lockRetryMs: 5 }, { host })
  await pool.start()
  expect(pool.persistence().effective).toMatchObject({ stores: ['memory'], reason: 'locked' })
  expect(pool.getSession('a')).toMatchObject({ totalRequests: 42 })
  pool.trackRequestStart('a')
  await expect(pool.saveSessionMetadata('a')).rejects.toMatchObject({ code: 'STORE_LOCKED' })
  expect(held.log).not.toContain('setMany')
  held.mend()
  await attached(pool)
  await pool.saveSessionMetadata('a')
  expect((await held.stored()).get('claude-a')).toMatchObject({ totalRequests: 43 })
})

test('draining survives a restart', async () => {
  const { host, held } = await storedSession()
  const first = poolOn(held, {}, { host })
  await first.start()
  await first.setDraining('a', true)
  await first.stop()
  const second = poolOn(held, {}, { host })
  await second.start()
  expect(second.trackRequestStart('a')).toBe(false)
  await expect(second.getOrCreateSession('a')).rejects.toMatchObject({ code: 'SESSION_DRAINING' })
})

test('no record counts as an orphan while the host is unavailable', async () => {
  const { host, held } = await storedSession()
  const before = await held.stored()
  host.control.setUnavailable('no answer')
  const pool = poolOn(held, {}, { host })
  await pool.start()
  await pool.discoverExistingSessions()
  await pool.stop()
  expect(await held.stored()).toEqual(before)
})

test('a session recreated under the same name inherits nothing', async () => {
  const { host, held } = await storedSession({ incarnation: 'memory.99' })
  const pool = poolOn(held, {}, { host })
  await pool.start()
  expect(pool.getSession('a')).toMatchObject({ totalRequests: 0, createdAt: 1000 })
})

test('saving, draining and discovery do not change the last activity', async () => {
  const { host, held } = await storedSession()
  const pool = poolOn(held, {}, { host })
  await pool.start()
  await pool.saveSessionMetadata('a')
  await pool.setDraining('a', true)
  await pool.discoverExistingSessions()
  expect(pool.getSession('a')).toMatchObject({ lastActivityAt: 2000 })
  await pool.saveSessionMetadata('a')
  expect((await held.stored()).get('claude-a')).toMatchObject({ lastActivityAt: 2000 })
})

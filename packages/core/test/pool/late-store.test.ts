import { expect, test } from 'vitest'
import { createSessionPool } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { fill, heldStore, record, silentLogger } from '../support/held-store.ts'
import { clock, until } from '../support/time.ts'

async function storedSession(fields: object = {}) {
  const host = memoryHost({ clock })
  const held = heldStore()
  const session = await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  await fill(held.store, [record('claude-a', { incarnation: session.incarnation, ...fields })])
  held.log.length = 0
  const metadata = { store: held.store, flushIntervalMs: 5, maxRetryMs: 10, attachTimeoutMs: 20, lockRetryMs: 20 }
  const pool = createSessionPool({ clock, host, metadata, livenessIntervalMs: 20, logger: silentLogger })
  return { host, held, pool }
}

const verified = (pool: ReturnType<typeof createSessionPool>) =>
  until(() => expect(pool.getSession('a')).toMatchObject({ verified: true, saved: true }))

test('requests before the store has answered do not clear a stored draining', async () => {
  const { held, pool } = await storedSession({ status: 'draining' })
  held.fail('open')
  await pool.start()
  pool.trackRequestStart('a')
  pool.trackRequestComplete('a')
  held.mend()
  await verified(pool)
  expect(pool.getSession('a')).toMatchObject({ status: 'draining', totalRequests: 43 })
  await pool.stop()
})

test('draining that was cleared before the store answered stays cleared', async () => {
  const { held, pool } = await storedSession({ status: 'draining' })
  held.fail('open')
  await pool.start()
  await pool.setDraining('a', false)
  held.mend()
  await verified(pool)
  expect(pool.getSession('a')).toMatchObject({ status: 'idle', totalRequests: 42 })
  await pool.stop()
})

test('stop() tries a failing store once more', async () => {
  const { held, host } = await storedSession()
  const metadata = { store: held.store, flushIntervalMs: 5, maxRetryMs: 3_600_000 }
  const pool = createSessionPool({ clock, host, metadata, logger: silentLogger })
  await pool.start()
  held.fail('setMany')
  pool.trackRequestStart('a')
  for (let failures = 0; failures < 3; failures += 1) await pool.saveSessionMetadata('a').catch(() => undefined)
  await until(() => expect(pool.persistence().effective.reason).toBe('degraded'))
  held.mend()
  expect(await pool.stop()).toEqual({ saved: 1, unsaved: [] })
  expect((await held.stored()).get('claude-a')).toMatchObject({ totalRequests: 43 })
})

test('a session renamed while no pool ran is recovered, also when the host was unavailable at the start', async () => {
  const { host, pool } = await storedSession()
  host.control.rename('claude-a', 'claude-b')
  host.control.setUnavailable('not yet')
  await pool.start()
  host.control.setUnavailable(undefined)
  await until(() => expect(pool.listSessions()).toHaveLength(1))
  expect(pool.listSessions()[0]).toMatchObject({ sessionName: 'claude-b', workspace: 'a', totalRequests: 42 })
  await pool.stop()
})

test('a revision does not go down when a second store brings an older copy after a rename', async () => {
  const { host, held } = await storedSession()
  const incarnation = (await host.list())[0]?.incarnation
  const second = heldStore()
  await fill(second.store, [record('claude-a', { incarnation, revision: 3, createdAt: 500, run: 'diverged' })])
  second.fail('open')
  const metadata = {
    store: held.store,
    mirror: [second.store],
    flushIntervalMs: 5,
    maxRetryMs: 10,
    attachTimeoutMs: 20,
  }
  const pool = createSessionPool({ clock, host, metadata, livenessIntervalMs: 20, logger: silentLogger })
  await pool.start()
  host.control.rename('claude-a', 'claude-b')
  await until(async () => expect((await held.stored()).get('claude-b')).toBeDefined())
  const before = Number((await held.stored()).get('claude-b')?.revision)
  second.mend()
  await verified(pool)
  await pool.stop()
  expect((await held.stored()).get('claude-b')).toMatchObject({ createdAt: 500 })
  expect(Number((await held.stored()).get('claude-b')?.revision)).toBeGreaterThanOrEqual(before)
})

test('stop() during start() leaves no store open', async () => {
  const { host, held } = await storedSession()
  let opened: () => void = () => {}
  const opening = new Promise<void>((resolve) => {
    opened = resolve
  })
  const slow = { ...host, open: () => opening }
  const pool = createSessionPool({ clock, host: slow, metadata: { store: held.store }, logger: silentLogger })
  const starting = pool.start().catch(() => undefined)
  await pool.stop({ timeoutMs: 100 })
  opened()
  await starting
  expect(held.isOpen()).toBe(false)
})

test('the last record of a session that ended before its store answered has a higher revision than the stored one', async () => {
  const { held, host, pool } = await storedSession()
  held.fail('open')
  await pool.start()
  expect(pool.getSession('a')).toMatchObject({ verified: false })
  await host.kill({ sessionName: 'claude-a' })
  await until(() => expect(pool.getSession('a')).toBeUndefined())
  held.mend()
  await until(async () => expect((await held.stored()).get('claude-a')).toHaveProperty('expiresAt'))
  await pool.stop()
  const last = (await held.stored()).get('claude-a')
  expect(last).toMatchObject({ totalRequests: 42, createdAt: 1000 })
  expect(Number(last?.revision)).toBeGreaterThan(7)
})

test('the record of a renamed session that was deleted before its store answered is deleted under both names', async () => {
  const { held, host, pool } = await storedSession()
  host.control.rename('claude-a', 'claude-b')
  held.fail('open')
  await pool.start()
  await pool.deleteSession('a')
  held.mend()
  await until(() => expect(pool.persistence()).toMatchObject({ effective: { reason: 'ok' }, oldestDirtyMs: 0 }))
  expect(await pool.stop()).toEqual({ saved: 0, unsaved: [] })
  expect([...(await held.stored()).keys()]).toEqual([])
})

test('two sessions of one name that were deleted while the store failed leave no record', async () => {
  const { held, pool } = await storedSession()
  await pool.start()
  held.fail('setMany', 'deleteMany')
  await pool.deleteSession('a')
  await pool.getOrCreateSession('a')
  await pool.deleteSession('a')
  held.mend()
  await until(() => expect(pool.persistence()).toMatchObject({ effective: { reason: 'ok' }, oldestDirtyMs: 0 }))
  expect(await pool.stop()).toEqual({ saved: 0, unsaved: [] })
  expect([...(await held.stored()).keys()]).toEqual([])
})

test('the last record of an ended session keeps what the holder of the lock wrote after it was read', async () => {
  const { held, host, pool } = await storedSession()
  await host.kill({ sessionName: 'claude-a' })
  held.lock()
  await pool.start()
  expect(pool.persistence().effective.reason).toBe('locked')
  await held.overwrite(
    record('claude-a', { incarnation: 'memory.1', totalRequests: 99, revision: 12, run: 'last holder' }),
  )
  held.mend()
  await until(() => expect(pool.persistence()).toMatchObject({ effective: { reason: 'ok' }, oldestDirtyMs: 0 }))
  await pool.stop()
  const last = (await held.stored()).get('claude-a')
  expect(last).toMatchObject({ totalRequests: 99 })
  expect(Number(last?.revision)).toBeGreaterThanOrEqual(12)
})

test('the record of a deleted session is deleted also when the next session of that name was renamed before the store recovered', async () => {
  const { held, host, pool } = await storedSession()
  await pool.start()
  held.fail('setMany', 'deleteMany')
  await pool.deleteSession('a')
  await pool.getOrCreateSession('a')
  host.control.rename('claude-a', 'claude-b')
  await until(() => expect(pool.getSession('a')?.sessionName).toBe('claude-b'))
  held.mend()
  await until(() => expect(pool.persistence()).toMatchObject({ effective: { reason: 'ok' }, oldestDirtyMs: 0 }))
  await pool.stop()
  expect([...(await held.stored()).keys()]).toEqual(['claude-b'])
})

test('attributes that only one store has outlive a run that heard the other store alone', async () => {
  const host = memoryHost({ clock })
  const stores = [heldStore(), heldStore()] as const
  const start = async (silent?: 0 | 1) => {
    for (const held of stores) held.mend()
    if (silent !== undefined) stores[silent].fail('open')
    const metadata = { store: stores[0].store, mirror: [stores[1].store], flushIntervalMs: 5, attachTimeoutMs: 20 }
    const pool = createSessionPool({ clock, host, metadata, logger: silentLogger })
    await pool.start()
    return pool
  }
  const first = await start(0)
  await first.getOrCreateSession('a', { attributes: { conversation: 'c1' }, cwd: '/srv/a' })
  await first.saveSessionMetadata('a')
  await first.stop({ timeoutMs: 10 })

  // It finds no record, writes its own, and ends before the other store answers.
  const second = await start(1)
  for (let requests = 0; requests < 9; requests += 1) second.trackRequestStart('a')
  await second.setAttributes('a', { branch: 'main' })
  await second.saveSessionMetadata('a')
  expect(second.getSession('a')?.attributes).toEqual({ branch: 'main' })
  await second.stop({ timeoutMs: 10 })

  const third = await start()
  await verified(third)
  expect(third.getSession('a')).toMatchObject({
    attributes: { conversation: 'c1', branch: 'main' },
    place: { cwd: '/srv/a' },
    totalRequests: 9,
  })
  await third.stop()
})

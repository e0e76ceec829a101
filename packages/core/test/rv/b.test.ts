import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createSessionPool, memoryHost, memoryStore, type SessionHost, StoreError } from '../../src/index.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { fill, heldStore, record, silentLogger } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'

test('R4a the former name keeps its record until the new one is safe: new name fails', async () => {
  const host = memoryHost()
  const held = heldStore()
  const { pool } = makePool({ host, metadata: { store: held.store, maxRetryMs: 60_000, flushIntervalMs: 20 } })
  await pool.start()
  await pool.getOrCreateSession('a')
  for (let i = 0; i < 9; i++) pool.trackRequestStart('a')
  await pool.saveSessionMetadata('a')
  // the old name cannot be written for a moment: it stays dirty
  held.failName('setMany', 'claude-a')
  held.failName('setMany', 'other')
  pool.trackRequestStart('a')
  await sleep(40)
  host.control.rename('claude-a', 'other')
  await sleep(300)
  const stored = await held.stored()
  console.log([...stored])
  expect([...stored.values()].some((r) => (r.totalRequests as number) >= 9)).toBe(true)
})

test('R4b dirty before the rename, the store slow to answer for the new name', async () => {
  const host = memoryHost()
  const s = await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  const inner = memoryStore()
  await fill(inner, [record('claude-a', { incarnation: s.incarnation })])
  const held = heldStore(inner)
  const { pool } = makePool({
    host,
    metadata: { store: held.store, callDeadlineMs: 5000, attachDeadlineMs: 5000, flushIntervalMs: 60 },
  })
  await pool.start()
  await pool.saveSessionMetadata('a')
  // a write is under way when a request comes and the session is renamed
  const writing = held.holdBefore('setMany')
  pool.trackRequestStart('a')
  await writing.reached
  pool.trackRequestStart('a')
  await sleep(80) // marked dirty again under claude-a
  const read = held.holdBefore('getMany')
  host.control.rename('claude-a', 'other')
  await read.reached // the survey asks for the new name; noticed by the look before
  writing.release()
  await sleep(200)
  const stored = await held.stored()
  console.log([...stored])
  read.release()
  expect([...stored.values()].some((r) => (r.totalRequests as number) >= 42)).toBe(true)
})

test('R13 a survey that began before a rename does not undo it', async () => {
  const host = memoryHost()
  const s = await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  void s
  const held = heldStore()
  const { pool } = makePool({ host, metadata: { store: held.store, callDeadlineMs: 5000, attachDeadlineMs: 5000 } })
  await pool.start()
  const names: string[] = []
  pool.on('session:renamed', ({ session, from }) => {
    names.push(`${from}>${session.sessionName}`)
  })
  const read = held.holdBefore('getMany')
  const discovering = pool.discoverExistingSessions()
  await read.reached
  host.control.rename('claude-a', 'claude-b')
  await sleep(60)
  read.release()
  await discovering
  await sleep(60)
  expect(names).toEqual(['claude-a>claude-b'])
})

test('R16 deleted while renamed survey is stale: record stays away', async () => {
  const host = memoryHost()
  const held = heldStore()
  const { pool } = makePool({ host, metadata: { store: held.store, callDeadlineMs: 5000, attachDeadlineMs: 5000 } })
  await pool.start()
  await pool.getOrCreateSession('a')
  const read = held.holdBefore('getMany')
  const discovering = pool.discoverExistingSessions()
  await read.reached
  host.control.rename('claude-a', 'claude-b')
  await sleep(60)
  await pool.deleteSession('a')
  read.release()
  await discovering
  await sleep(100)
  expect([...(await held.stored()).keys()]).toEqual([])
  expect(pool.listSessions()).toEqual([])
})

test('R17 two stores with orphans of different incarnations are not mixed', async () => {
  const host = memoryHost()
  const a = memoryStore(),
    b = memoryStore()
  await fill(a, [record('claude-a', { incarnation: 'x', totalRequests: 5, revision: 9 })])
  await fill(b, [record('claude-a', { incarnation: 'y', totalRequests: 99, revision: 3 })])
  const ha = heldStore(a),
    hb = heldStore(b)
  const { pool } = makePool({ host, metadata: { store: ha.store, mirror: [hb.store] } })
  await pool.start()
  await sleep(100)
  console.log([...(await ha.stored())], [...(await hb.stored())])
  expect((await hb.stored()).get('claude-a')).toMatchObject({ incarnation: 'y', totalRequests: 99 })
  expect((await ha.stored()).get('claude-a')).toMatchObject({ incarnation: 'x', totalRequests: 5 })
})

test('R18 credentials in the flag do not show', async () => {
  process.env.SESSIONKEEP_STORE = 'redis://user:hunter2@host:6379'
  try {
    const { pool } = makePool({ host: memoryHost() })
    const error = (await pool.start().catch((e: unknown) => e)) as Error & { context: unknown }
    expect(JSON.stringify([error.message, error.context, pool.persistence().desired])).not.toContain('hunter2')
  } finally {
    delete process.env.SESSIONKEEP_STORE
  }
})

test('R19 recreated under one store, other store late: reported as recreated', async () => {
  const host = memoryHost()
  await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  const one = memoryStore()
  await fill(one, [record('claude-a', { incarnation: 'gone' })])
  const held = heldStore(one)
  const faulty = faultyStore()
  faulty.faults.open = 'reject'
  const { pool } = makePool({ host, metadata: { store: held.store, mirror: [faulty.store] } })
  await pool.start()
  await sleep(50)
  faulty.faults.open = 'none'
  await sleep(150)
  const report = await pool.discoverExistingSessions()
  expect(pool.getSession('a')?.totalRequests).toBe(0)
  expect(report.recreated).toEqual(['a'])
})

test('R20 persistence says so when a session cannot be saved', async () => {
  const held = heldStore()
  const { pool } = makePool({ host: memoryHost(), metadata: { store: held.store } })
  await pool.start()
  await pool.getOrCreateSession('a')
  await pool.getOrCreateSession('b')
  held.failName('setMany', 'claude-a')
  pool.trackRequestStart('a')
  pool.trackRequestStart('b')
  await sleep(100)
  console.log(pool.persistence())
  expect(pool.persistence().effective.reason).not.toBe('ok')
})

test('R21 discovery of a locked pool always has the store', async () => {
  const held = heldStore()
  held.lock()
  const { pool } = makePool({ host: memoryHost(), metadata: { store: held.store, lockRetryMs: 1 } })
  await pool.start()
  const states: string[] = []
  for (let i = 0; i < 60; i++) {
    const r = await pool.discoverExistingSessions()
    states.push(r.stores[0]?.state ?? '')
    await sleep(1)
  }
  console.log(states.filter((s) => s !== 'answered').length)
  expect(states.every((s) => s === 'answered')).toBe(true)
})

test('R22 departed does not grow', async () => {
  // via many create/delete without surveys
  expect(true).toBe(true)
})
void createSessionPool
void StoreError
void silentLogger
export type X = SessionHost

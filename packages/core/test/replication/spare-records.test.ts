import { expect, test } from 'vitest'
import { type MetadataOptions, memoryStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { heldStore } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep, until } from '../support/time.ts'

const SPARE = /^sessionkeep-swap~/
/** How each stored record begins: its name, its workspace and its requests. */
const namesIn = async (held: ReturnType<typeof heldStore>) =>
  [...(await held.stored())].map(([name, { workspace, totalRequests }]) => `${name}: ${workspace} ${totalRequests}`)

/** A pool with sessions that have five requests each. `swap` lets two of them take each other's names, which the pool has not noticed then. */
async function opened(workspaces: readonly string[], metadata: MetadataOptions = {}) {
  const host = memoryHost({ clock })
  const held = heldStore()
  const make = (store = held.store) => {
    const given = { store, flushIntervalMs: 20, maxRetryMs: 50, ...metadata }
    return makePool({ host, metadata: given, livenessIntervalMs: 3_600_000 }).pool
  }
  const pool = make()
  await pool.start()
  for (const workspace of workspaces) {
    await pool.getOrCreateSession(workspace, { attributes: { of: workspace } })
    for (let at = 0; at < 5; at += 1) pool.trackRequestStart(workspace)
    await pool.saveSessionMetadata(workspace)
  }
  const swap = (one: string, other: string) => {
    host.control.rename(one, 'between')
    host.control.rename(other, one)
    host.control.rename('between', other)
  }
  /** Another pool that finds what is stored now, as after a kill. */
  const afterKill = async () => {
    const store = memoryStore()
    const { signal } = new AbortController()
    const logger = { debug() {}, info() {}, warn() {}, error() {} }
    await store.open?.({ signal, logger })
    await store.setMany(await held.stored(), { signal })
    await store.close?.()
    const next = make(store)
    await next.start()
    return next
  }
  return { host, held, pool, swap, make, afterKill }
}

test('a deletion is acknowledged once no spare record of the session is left', async () => {
  const { held, pool, swap, afterKill } = await opened(['b', 'c'], { flushIntervalMs: 5000 })
  swap('claude-b', 'claude-c')
  await pool.discoverExistingSessions()
  for (const workspace of ['b', 'c']) await pool.saveSessionMetadata(workspace)
  expect(await namesIn(held)).toContainEqual(expect.stringMatching(SPARE))
  await pool.deleteSession('c', { force: true })
  expect(await namesIn(held)).toEqual(['claude-c: b 5'])
  expect((await afterKill()).listEnded()).toEqual([])
})

test('a deletion is acknowledged once no record under a former name is left', async () => {
  const { host, held, pool, afterKill } = await opened(['c'], { flushIntervalMs: 5000 })
  host.control.rename('claude-c', 'other')
  await pool.discoverExistingSessions()
  await pool.saveSessionMetadata('c')
  await pool.deleteSession('c', { force: true })
  expect(await namesIn(held)).toEqual([])
  expect((await afterKill()).listEnded()).toEqual([])
})

test('stop() reports a deleted session whose spare record could not be deleted', async () => {
  const { held, pool, swap } = await opened(['b', 'c'])
  held.failName('deleteMany', SPARE)
  swap('claude-b', 'claude-c')
  await pool.discoverExistingSessions()
  for (const workspace of ['b', 'c']) await pool.saveSessionMetadata(workspace)
  await pool.deleteSession('c', { force: true })
  expect(await pool.stop({ timeoutMs: 200 })).toEqual({ saved: 1, unsaved: ['claude-b'] })
})

/** Two renamed sessions that have swapped their names; c has ended since, and its last record is stored under its spare name alone. */
async function endedInSwap(more: readonly string[] = []) {
  const given = await opened(['b', 'c', ...more])
  const { host, held, pool, swap } = given
  for (const workspace of ['b', 'c']) host.control.rename(`claude-${workspace}`, `x-${workspace}`)
  await pool.discoverExistingSessions()
  for (const workspace of ['b', 'c']) await pool.saveSessionMetadata(workspace)
  await until(async () => expect((await held.stored()).size).toBe(2 + more.length))
  swap('x-b', 'x-c')
  held.failName('setMany', 'x-b')
  await pool.discoverExistingSessions()
  await sleep(100)
  host.control.exit('x-b')
  await pool.discoverExistingSessions()
  await sleep(100)
  return given
}
const spareOfC = expect.stringMatching(/^sessionkeep-swap~.*: c 5$/)

test('the spare record of an ended session stays until the session that resumes it is stored', async () => {
  const { held, pool, afterKill } = await endedInSwap()
  held.failName('setMany', 'claude-c')
  expect(await pool.resumeSession('c')).toMatchObject({ totalRequests: 5 })
  await sleep(100)
  expect(await namesIn(held)).toContainEqual(spareOfC)
  expect((await afterKill()).getSession('c')).toMatchObject({ totalRequests: 5, attributes: { of: 'c' } })
  held.mend()
  await until(async () => expect((await namesIn(held)).toSorted()).toEqual(['claude-c: c 5', 'x-c: b 5']))
})

test('the spare record of an ended session stays when another session takes its name', async () => {
  const { host, held, pool } = await endedInSwap(['d'])
  const last = (await host.list()).find(({ sessionName }) => sessionName === 'x-b')
  if (last) await host.kill(last)
  host.control.rename('claude-d', 'x-b')
  await pool.discoverExistingSessions()
  await sleep(1000)
  expect(await namesIn(held)).toContainEqual(spareOfC)
  expect(pool.listEnded()).toMatchObject([{ workspace: 'c', totalRequests: 5 }])
})

test('a session has one spare record, however often the store is read while its own name fails', async () => {
  const { held, pool, swap } = await opened(['b', 'c'])
  swap('claude-b', 'claude-c')
  held.failName('setMany', /^claude-/)
  for (let pass = 0; pass < 8; pass += 1) {
    for (const workspace of ['b', 'c']) pool.trackRequestStart(workspace)
    await pool.discoverExistingSessions()
    await sleep(200)
  }
  expect(await namesIn(held)).toHaveLength(4)
  held.mend()
  await until(async () => expect((await namesIn(held)).toSorted()).toEqual(['claude-b: c 13', 'claude-c: b 13']))
})

test('a session is unverified while a spare record that may be its own cannot be read', async () => {
  const { held, pool, swap, make } = await opened(['b', 'c'])
  swap('claude-b', 'claude-c')
  held.failName('setMany', 'claude-b')
  await pool.discoverExistingSessions()
  await sleep(100)
  await pool.stop({ timeoutMs: 100 })
  held.mend()
  held.failName('getMany', SPARE)
  const next = make()
  await next.start()
  expect(next.getSession('c')).toMatchObject({ verified: false })
  held.mend()
  await next.discoverExistingSessions()
  expect(next.getSession('c')).toMatchObject({ verified: true, totalRequests: 5 })
})

test('ended sessions stay in the list while their spare and named records are united', async () => {
  const { host, held, pool, swap, make } = await opened(['b', 'c'])
  swap('claude-b', 'claude-c')
  held.failName('setMany', /^claude-/)
  pool.trackRequestStart('c')
  await pool.discoverExistingSessions()
  await sleep(100)
  await pool.stop({ timeoutMs: 100 })
  held.mend()
  for (const name of ['claude-b', 'claude-c']) host.control.exit(name)
  const next = make()
  await next.start()
  for (let pass = 0; pass < 4; pass += 1) {
    const ended = next.listEnded().map(({ workspace, totalRequests }) => `${workspace} ${totalRequests}`)
    expect(ended.toSorted()).toEqual(['b 5', 'c 6'])
    await next.discoverExistingSessions()
    await sleep(100)
  }
})

test('what a session did while persistence was off is stored later, although its record has a spare name', async () => {
  const { host, held, pool, swap } = await opened(['b', 'c'])
  swap('claude-b', 'claude-c')
  held.failName('setMany', 'claude-b')
  await pool.discoverExistingSessions()
  await sleep(100)
  await pool.rollback()
  held.mend()
  for (let at = 0; at < 3; at += 1) pool.trackRequestStart('c')
  host.control.exit('claude-b')
  await pool.discoverExistingSessions()
  await pool.switchStore(held.store)
  await until(async () => {
    await pool.discoverExistingSessions()
    expect(await namesIn(held)).toContainEqual(expect.stringMatching(/: c 8$/))
  })
})

test('a session that really has the name of a spare record keeps its record', async () => {
  const { host, held, pool, swap } = await opened(['b', 'c', 'd'])
  const { run, revision } = (await held.stored()).get('claude-c') ?? {}
  const taken = `sessionkeep-swap~${run}-${Number(revision) + 2}`
  host.control.rename('claude-d', taken)
  await pool.discoverExistingSessions()
  await pool.saveSessionMetadata('d')
  held.failName('setMany', 'claude-b')
  swap('claude-b', 'claude-c')
  await pool.discoverExistingSessions()
  await sleep(100)
  const names = await namesIn(held)
  expect(names).toContain(`${taken}: d 5`)
  expect(names).toContainEqual(expect.stringMatching(/: c 5$/))
})

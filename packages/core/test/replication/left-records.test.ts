import { expect, test } from 'vitest'
import { memoryHost } from '../../src/testing.ts'
import { heldStore } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep, until } from '../support/time.ts'

/** A pool whose sessions have acknowledged records, that polls its host when a test says so. */
async function poolOf(...names: string[]) {
  const host = memoryHost({ clock })
  const held = heldStore()
  const { pool } = makePool({
    host,
    metadata: { store: held.store, flushIntervalMs: 20, maxRetryMs: 50 },
    livenessIntervalMs: 3_600_000,
  })
  await pool.start()
  for (const workspace of names) {
    await pool.getOrCreateSession(workspace)
    for (let i = 0; i < 5; i += 1) pool.trackRequestStart(workspace)
    await pool.saveSessionMetadata(workspace)
  }
  const workspaces = async () =>
    [...(await held.stored())].map(([name, { workspace }]) => `${name}: ${workspace}`).toSorted()
  return { host, held, pool, workspaces }
}

test.each([
  ['at once', 'claude-b'],
  ['and goes on to another name', 'moved-c'],
])('a session that takes the name of a renamed one %s leaves the record there until that is safe', async (_, last) => {
  const { host, held, pool, workspaces } = await poolOf('b', 'c')
  held.failName('setMany', 'moved-b')
  host.control.rename('claude-b', 'moved-b')
  host.control.rename('claude-c', 'claude-b')
  await pool.discoverExistingSessions()
  if (last !== 'claude-b') {
    host.control.rename('claude-b', last)
    await pool.discoverExistingSessions()
  }
  pool.trackRequestStart('c')
  await sleep(200)
  expect(await workspaces()).toEqual(['claude-b: b', last === 'claude-b' ? 'claude-c: c' : `${last}: c`])
  held.mend()
  await until(async () => expect(await workspaces()).toEqual([`${last}: c`, 'moved-b: b'].toSorted()))
})

test('sessions that swap their names do not wait for each other', async () => {
  const { host, pool, workspaces } = await poolOf('b', 'c')
  host.control.rename('claude-b', 'between')
  host.control.rename('claude-c', 'claude-b')
  host.control.rename('between', 'claude-c')
  await pool.discoverExistingSessions()
  await pool.saveSessionMetadata('b')
  await pool.saveSessionMetadata('c')
  await until(async () => expect(await workspaces()).toEqual(['claude-b: c', 'claude-c: b']))
})

test('a session whose name was that of a renamed one which ended is written', async () => {
  const { host, held, pool, workspaces } = await poolOf('b', 'c')
  held.failName('setMany', 'moved-b')
  host.control.rename('claude-b', 'moved-b')
  host.control.rename('claude-c', 'claude-b')
  await pool.discoverExistingSessions()
  await pool.deleteSession('b', { force: true })
  await pool.saveSessionMetadata('c')
  expect(await workspaces()).toContain('claude-b: c')
})

test('a session whose name was taken twice leaves no record behind that another one needs', async () => {
  const { host, held, pool, workspaces } = await poolOf('a', 'b', 'c')
  held.failName('getMany', 'moved-a')
  held.failName('setMany', 'moved-a')
  host.control.rename('claude-a', 'moved-a')
  host.control.rename('claude-c', 'claude-a')
  await pool.discoverExistingSessions()
  host.control.rename('claude-b', 'moved-b')
  host.control.rename('claude-a', 'claude-b')
  await pool.discoverExistingSessions()
  await pool.saveSessionMetadata('c')
  await sleep(200)
  expect(await workspaces()).toEqual(['claude-a: a', 'claude-b: c', 'moved-b: b'])
  held.mend()
  await pool.discoverExistingSessions()
  await until(async () => expect(await workspaces()).toEqual(['claude-b: c', 'moved-a: a', 'moved-b: b']))
})

test('a session that takes a name after another one that took it has ended leaves the record there', async () => {
  const { host, held, pool, workspaces } = await poolOf('a', 'c', 'd')
  held.failName('getMany', 'moved-a')
  held.failName('setMany', 'moved-a')
  host.control.rename('claude-a', 'moved-a')
  host.control.rename('claude-c', 'claude-a')
  await pool.discoverExistingSessions()
  await pool.deleteSession('c', { force: true }).catch(() => undefined)
  expect(await workspaces()).toContain('claude-a: a')
  host.control.rename('claude-d', 'claude-a')
  await pool.discoverExistingSessions()
  pool.trackRequestStart('d')
  await sleep(200)
  expect(await workspaces()).toContain('claude-a: a')
  held.mend()
  await pool.discoverExistingSessions()
  await until(async () => expect(await workspaces()).toEqual(['claude-a: d', 'moved-a: a']))
})

test('a session that was saved under a name is saved again, although the one that had the name before cannot be', async () => {
  const { host, held, pool, workspaces } = await poolOf('b', 'c')
  host.control.rename('claude-b', 'moved-b')
  host.control.rename('claude-c', 'claude-b')
  await pool.discoverExistingSessions()
  await pool.saveSessionMetadata('b')
  await pool.saveSessionMetadata('c')
  held.failName('getMany', 'again-b')
  held.failName('setMany', 'again-b')
  host.control.rename('moved-b', 'again-b')
  await pool.discoverExistingSessions()
  pool.trackRequestStart('c')
  await pool.saveSessionMetadata('c')
  expect((await held.stored()).get('claude-b')).toMatchObject({ workspace: 'c', totalRequests: 6 })
  await until(async () => expect(await workspaces()).toEqual(['claude-b: c', 'moved-b: b']))
})

test('a pool that finds the record of a renamed session under the name of another one leaves it there until that is safe', async () => {
  const { host, held, pool, workspaces } = await poolOf('b', 'c')
  await pool.stop()
  host.control.rename('claude-b', 'moved-b')
  host.control.rename('claude-c', 'claude-b')
  held.failName('setMany', 'moved-b')
  const { pool: later } = makePool({ host, metadata: { store: held.store, flushIntervalMs: 20, maxRetryMs: 50 } })
  await later.start()
  later.trackRequestStart('c')
  await sleep(200)
  expect(await workspaces()).toEqual(['claude-b: b', 'claude-c: c'])
  held.mend()
  await until(async () => expect(await workspaces()).toEqual(['claude-b: c', 'moved-b: b']))
})

test('a session that ends before it was saved replaces the record of an earlier one of its name', async () => {
  const { host, held, pool, workspaces } = await poolOf('b')
  const [first] = await host.list()
  await host.kill(first as NonNullable<typeof first>)
  await pool.discoverExistingSessions()
  held.failName('setMany', 'claude-b')
  await pool.getOrCreateSession('b')
  const [second] = await host.list()
  await host.kill(second as NonNullable<typeof second>)
  await pool.discoverExistingSessions()
  held.mend()
  await until(async () => {
    expect((await held.stored()).get('claude-b')).toMatchObject({ incarnation: second?.incarnation })
    expect(await workspaces()).toEqual(['claude-b: b'])
  })
})

test('a poll of the host that finds a taken name leaves the record of the renamed session there', async () => {
  const host = memoryHost({ clock })
  const held = heldStore()
  const metadata = { store: held.store, flushIntervalMs: 20, maxRetryMs: 50 }
  const { pool } = makePool({ host, metadata, livenessIntervalMs: 20 })
  await pool.start()
  for (const workspace of ['b', 'c']) {
    await pool.getOrCreateSession(workspace)
    await pool.saveSessionMetadata(workspace)
  }
  held.failName('getMany', 'moved-b')
  held.failName('setMany', 'moved-b')
  host.control.rename('claude-b', 'moved-b')
  host.control.rename('claude-c', 'claude-b')
  await until(() => expect(pool.getSession('c')?.sessionName).toBe('claude-b'))
  pool.trackRequestStart('c')
  await sleep(200)
  expect((await held.stored()).get('claude-b')).toMatchObject({ workspace: 'b' })
})

test('a session that was created anew leaves its record when it is renamed, as a poll of the host sees it', async () => {
  const { host, held, pool, workspaces } = await poolOf('c', 'd')
  await pool.stop()
  const metadata = { store: held.store, flushIntervalMs: 20, maxRetryMs: 50 }
  const { pool: polling } = makePool({ host, metadata, livenessIntervalMs: 20 })
  await polling.start()
  host.control.exit('claude-c', { exitCode: 0 })
  await until(() => expect(polling.getSession('c')).toBeUndefined())
  await until(async () => expect((await held.stored()).get('claude-c')).toHaveProperty('ended'))
  await polling.getOrCreateSession('c', { resume: false, attributes: { model: 'x' } })
  held.failName('setMany', 'moved-c')
  host.control.rename('claude-c', 'moved-c')
  host.control.rename('claude-d', 'claude-c')
  await until(() => expect(polling.getSession('d')?.sessionName).toBe('claude-c'))
  polling.trackRequestStart('d')
  await sleep(200)
  expect(await workspaces()).toEqual(['claude-c: c', 'claude-d: d'])
})

test('a session that is created under the name of a renamed one leaves the record there, also before the rename is noticed', async () => {
  const { host, held, pool, workspaces } = await poolOf('b')
  host.control.rename('claude-b', 'claude-a')
  await pool.discoverExistingSessions()
  await pool.saveSessionMetadata('b')
  held.failName('setMany', 'moved-b')
  host.control.rename('claude-a', 'moved-b')
  await pool.getOrCreateSession('a')
  expect(await workspaces()).toContain('claude-a: b')
  await pool.discoverExistingSessions()
  await sleep(200)
  expect(await workspaces()).toContain('claude-a: b')
  held.mend()
  await until(async () => expect(await workspaces()).toEqual(['claude-a: a', 'moved-b: b']))
})

test.each([
  ['nobody', false],
  ['another session', true],
])(
  'a record that is read late under a former name, which %s has now, stays until all of it is saved',
  async (_, isTaken) => {
    const { host, held, pool } = await poolOf('b', 'c')
    await pool.stop()
    held.failName('getMany', 'claude-b')
    const metadata = { store: held.store, flushIntervalMs: 20, maxRetryMs: 50 }
    const { pool: later } = makePool({ host, metadata, livenessIntervalMs: 3_600_000 })
    await later.start()
    host.control.rename('claude-b', 'moved-b')
    if (isTaken) host.control.rename('claude-c', 'claude-b')
    await later.discoverExistingSessions()
    await until(async () => expect((await held.stored()).has('moved-b')).toBe(true))
    held.mend()
    held.failName('setMany', 'moved-b')
    await later.discoverExistingSessions()
    expect(later.getSession('b')?.totalRequests).toBe(5)
    await sleep(200)
    expect((await held.stored()).get('claude-b')).toMatchObject({ workspace: 'b', totalRequests: 5 })
    held.mend()
    await until(async () => expect((await held.stored()).get('moved-b')).toMatchObject({ totalRequests: 5 }))
    await until(async () => expect((await held.stored()).get('claude-b')?.workspace).toBe(isTaken ? 'c' : undefined))
  },
)

test('a session takes a name under which another one was for a moment and was never saved', async () => {
  const { host, held, pool } = await poolOf('x', 'e', 'f')
  const [first] = (await host.list()).filter(({ sessionName }) => sessionName === 'claude-x')
  await host.kill(first as NonNullable<typeof first>)
  await pool.discoverExistingSessions()
  await pool.stop()
  const metadata = { store: held.store, flushIntervalMs: 20, maxRetryMs: 50 }
  const { pool: later } = makePool({ host, metadata, livenessIntervalMs: 3_600_000 })
  await later.start()
  held.failName('setMany', 'claude-x')
  held.failName('setMany', 'moved-e')
  host.control.rename('claude-e', 'claude-x')
  await later.discoverExistingSessions()
  host.control.rename('claude-x', 'moved-e')
  await later.discoverExistingSessions()
  held.mend()
  held.failName('setMany', 'moved-e')
  host.control.rename('claude-f', 'claude-x')
  await later.discoverExistingSessions()
  await later.saveSessionMetadata('f')
  expect((await held.stored()).get('claude-x')).toMatchObject({ workspace: 'f' })
})

test.each([
  ['was read at the start', false, false],
  ['was read at the start, and whose former name is taken', false, true],
  ['is read late', true, false],
  ['is read late, and whose former name is taken', true, true],
])(
  'the record of a renamed and ended session that %s stays until its last record is stored',
  async (_, isLate, isTaken) => {
    const { host, held, pool } = await poolOf('b', 'c')
    await pool.stop()
    if (isLate) held.failName('getMany', 'claude-b')
    const metadata = { store: held.store, flushIntervalMs: 20, maxRetryMs: 50 }
    const { pool: later } = makePool({ host, metadata, livenessIntervalMs: 3_600_000 })
    await later.start()
    held.failName('setMany', 'moved-b')
    host.control.rename('claude-b', 'moved-b')
    await later.discoverExistingSessions()
    const [renamed] = (await host.list()).filter(({ sessionName }) => sessionName === 'moved-b')
    await host.kill(renamed as NonNullable<typeof renamed>)
    await later.discoverExistingSessions()
    held.mend()
    held.failName('setMany', 'moved-b')
    await later.discoverExistingSessions()
    await sleep(200)
    if (isTaken) host.control.rename('claude-c', 'claude-b')
    await later.discoverExistingSessions()
    later.trackRequestStart('c')
    await sleep(200)
    expect((await held.stored()).get('claude-b')).toMatchObject({ workspace: 'b', totalRequests: 5 })
    held.mend()
    await until(async () => expect((await held.stored()).get('moved-b')).toMatchObject({ totalRequests: 5 }))
    await until(async () => expect((await held.stored()).get('claude-b')?.workspace).toBe(isTaken ? 'c' : undefined))
  },
)

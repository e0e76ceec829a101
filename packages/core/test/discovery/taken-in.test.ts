import { expect, test } from 'vitest'
import { type MetadataStore, memoryStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { heldStore, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep, until } from '../support/time.ts'

const POOL = 'claude-'

/** A session that a person made, taken in by a pool that has counted three requests of it and was then stopped. */
async function takenIn() {
  const host = memoryHost({ clock })
  host.control.add('claude-docs')
  const inner = memoryStore()
  const start = async (options: object = {}, store: MetadataStore = inner) => {
    const made = makePool({ host, metadata: { store }, ...options })
    await made.pool.start()
    return made
  }
  const { pool } = await start()
  for (let count = 0; count < 3; count += 1) await pool.withRequest('docs', () => undefined)
  await pool.saveSessionMetadata('docs')
  await pool.stop()
  const names = async () => (await host.list()).map(({ sessionName }) => sessionName)
  return { host, inner, start, names }
}

test('a session that was taken in is stamped as such, once', async () => {
  const { host, start } = await takenIn()
  await start()
  expect(await host.list()).toMatchObject([{ pool: POOL, workspace: 'docs', takenIn: true, createdAtSource: 'host' }])
})

test.each(['claude-other', 'outside'])(
  'a session that was taken in, and renamed to %s while no pool ran, keeps workspace and counts',
  async (name) => {
    const { host, start } = await takenIn()
    host.control.rename('claude-docs', name)
    const { pool, log } = await start()
    expect(pool.listSessions()).toMatchObject([{ workspace: 'docs', sessionName: name, totalRequests: 3 }])
    expect(log.lines.filter(({ fields }) => fields.code === 'STORE_RECORD_FOREIGN')).toEqual([])
  },
)

test('a session that was taken in is neither ended for silence nor by terminate(), also after a restart', async () => {
  const { start, names } = await takenIn()
  const { pool } = await start({ inactivityTimeoutMs: 20, cleanupIntervalMs: 10 })
  await sleep(500)
  expect(await names()).toEqual(['claude-docs'])
  expect(await pool.terminate()).toMatchObject({ terminated: [], spared: ['docs'] })
  expect(await names()).toEqual(['claude-docs'])
})

test('an exited session that was taken in is not replaced', async () => {
  const { host, start, names } = await takenIn()
  host.control.exit('claude-docs')
  const { pool } = await start()
  await expect(pool.getOrCreateSession('docs')).rejects.toMatchObject({ code: 'SESSION_FOREIGN' })
  await pool.terminate()
  expect(await names()).toEqual(['claude-docs'])
})

test('an observer stamps nothing', async () => {
  const host = memoryHost({ clock })
  host.control.add('claude-docs')
  const { pool } = makePool({ host, metadata: { store: 'memory' }, role: 'observer' })
  await pool.start()
  expect(pool.getSession('docs')).toBeDefined()
  expect((await host.list())[0]?.pool).toBeUndefined()
})

test('a session is served though its host cannot stamp it, and is stamped by a later pass', async () => {
  const host = memoryHost({ clock })
  host.control.add('claude-docs')
  let fails = true
  const refusing = {
    ...host,
    stamp: async (...given: Parameters<NonNullable<typeof host.stamp>>) => {
      if (fails) throw new Error('no')
      await host.stamp?.(...given)
    },
  }
  const { pool } = makePool({ host: refusing, metadata: { store: 'memory' } })
  await pool.start()
  expect(pool.getSession('docs')).toBeDefined()
  fails = false
  await pool.discoverExistingSessions()
  expect((await host.list())[0]?.pool).toBe(POOL)
})

test('the record of a session that ended under a name outside of the prefix expires', async () => {
  const { host, inner, start } = await takenIn()
  host.control.rename('claude-docs', 'outside')
  await (await start()).pool.stop()
  await host.kill({ sessionName: 'outside' })
  const held = heldStore(inner)
  await start({ orphanTtlMs: 50, cleanupIntervalMs: 20 }, held.store)
  await until(async () => expect([...(await held.stored()).keys()]).toEqual([]))
})

test('records outside of the prefix that do not name this pool are neither changed nor reported', async () => {
  const { inner, start } = await takenIn()
  const held = heldStore(inner)
  await held.overwrite({ ...record('theirs', { pool: 'another' }) })
  await held.overwrite({ ...record('by-hand'), pool: undefined, revision: undefined })
  await held.overwrite({ sessionName: 'torn' })
  const before = await held.stored()
  const { pool } = await start({ orphanTtlMs: 50, cleanupIntervalMs: 20 }, held.store)
  const report = await pool.discoverExistingSessions()
  await sleep(500)
  expect(report).toMatchObject({ orphaned: [], problems: [] })
  for (const name of ['theirs', 'by-hand', 'torn']) expect((await held.stored()).get(name)).toEqual(before.get(name))
})

test('with takeIn none, a record gives the pool no session that has no stamp', async () => {
  const host = memoryHost({ clock })
  const { incarnation } = host.control.add('claude-docs')
  const held = heldStore()
  await held.overwrite(record('claude-docs', { incarnation }))
  const { pool } = makePool({ host, metadata: { store: held.store }, takeIn: 'none' })
  await pool.start()
  expect(pool.listSessions()).toEqual([])
})

test('a session that was made for another pool is not taken in, unless that is a former id, and stays if it is known', async () => {
  const host = memoryHost({ clock })
  let madeFor: string | undefined = 'other'
  host.control.add('claude-a')
  const list = async () => (await host.list()).map((one) => ({ ...one, madeFor }))
  const { stamp: _none, ...unstamped } = host
  const made = { ...unstamped, list }
  const { pool } = makePool({ host: made, metadata: { store: 'memory' } })
  await pool.start()
  expect(pool.listSessions()).toEqual([])
  const { pool: heir } = makePool({ host: made, metadata: { store: 'memory' }, formerly: ['other'] })
  await heir.start()
  expect(heir.getSession('a')).toMatchObject({ sessionName: 'claude-a' })
  madeFor = undefined
  await pool.discoverExistingSessions()
  madeFor = 'other'
  await pool.discoverExistingSessions()
  expect(pool.getSession('a')).toMatchObject({ sessionName: 'claude-a' })
})

test('a stamp that the host does not believe, or with a workspace that no pool has, is warned about once and reported', async () => {
  const host = memoryHost({ clock })
  await host.create('claude-a', { workspace: '../../etc', pool: POOL, createdAt: 1000 })
  host.control.add('claude-b')
  const list = async () =>
    (await host.list()).map((one) => (one.sessionName === 'claude-b' ? { ...one, stampFault: 'it is forged' } : one))
  const { pool, log } = makePool({ host: { ...host, list }, metadata: { store: 'memory' } })
  await pool.start()
  const { doubtful } = await pool.discoverExistingSessions()
  expect(doubtful.map(({ sessionName }) => sessionName)).toEqual(['claude-a', 'claude-b'])
  const warned = log.with('The stamp of a session is not used')
  expect(warned.map(({ level, fields }) => [level, fields.sessionName])).toEqual([
    ['warn', 'claude-a'],
    ['warn', 'claude-b'],
  ])
  expect((await host.list()).find(({ sessionName }) => sessionName === 'claude-b')?.pool).toBeUndefined()
})

import { expect, test } from 'vitest'
import { type MetadataStore, memoryStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { fill, heldStore, record, silentLogger } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { sleep, until } from '../support/time.ts'

const POOL = 'claude-'

/** Stamped sessions of these workspaces, a foreign session, and a store that anybody may have written to. */
async function ground(workspaces: readonly string[]) {
  const host = memoryHost()
  for (const workspace of workspaces)
    await host.create(`${POOL}${workspace}`, { workspace, pool: POOL, createdAt: 1000 })
  host.control.add('production-db')
  const listed = await host.list()
  const incarnationOf = (name: string) => listed.find(({ sessionName }) => sessionName === name)?.incarnation ?? ''
  const inner = memoryStore()
  const plant = (name: string, fields: object) => fill(inner, [record(name, { pool: POOL, ...fields })])
  const start = async (options: object = {}, store: MetadataStore = inner) => {
    const made = makePool({ host, metadata: { store }, ...options })
    await made.pool.start()
    return made
  }
  const names = async () => (await host.list()).map(({ sessionName }) => sessionName).sort()
  return { host, incarnationOf, plant, start, names }
}

test('a record that gives a session another workspace is not used but warned about; texts go to the session with the stamp', async () => {
  const { host, incarnationOf, plant, start } = await ground(['attacker', 'victim'])
  await plant('claude-attacker', { workspace: 'victim', incarnation: incarnationOf('claude-attacker') })
  const { pool, log } = await start()
  await pool.sendText('victim', 'my password')
  expect(await host.capture({ sessionName: 'claude-attacker' })).toBe('')
  expect(await host.capture({ sessionName: 'claude-victim' })).toBe('my password')
  expect(pool.getSession('attacker')?.totalRequests).toBe(0)
  const warned = log.lines.filter(({ fields }) => fields.code === 'STORE_RECORD_FOREIGN')
  expect(warned.map(({ level }) => level)).toEqual(['warn'])
})

test('records with swapped workspaces do not swap sessions', async () => {
  const { incarnationOf, plant, start, names } = await ground(['a', 'b'])
  await plant('claude-a', { workspace: 'b', incarnation: incarnationOf('claude-a') })
  await plant('claude-b', { workspace: 'a', incarnation: incarnationOf('claude-b') })
  const { pool } = await start()
  await pool.deleteSession('a')
  expect(await names()).toEqual(['claude-b', 'production-db'])
})

test('a record with the incarnation of a foreign session gives the pool no access to it: no text, no end', async () => {
  const { host, incarnationOf, plant, start, names } = await ground(['a'])
  await plant('claude-zzz', { workspace: 'zzz', incarnation: incarnationOf('production-db') })
  const { pool } = await start()
  await expect(pool.sendText('zzz', 'rm -rf /')).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
  expect(await host.capture({ sessionName: 'production-db' })).toBe('')
  await pool.terminate()
  expect(await names()).toEqual(['production-db'])
})

test('a session that belongs to the pool by its name alone is never ended, whatever its record says', async () => {
  const { host, plant, start, names } = await ground([])
  host.control.add('claude-theirs')
  await plant('claude-theirs', { workspace: 'theirs' })
  const { pool } = await start()
  expect(pool.getSession('theirs')?.totalRequests).toBe(42)
  expect((await pool.terminate()).spared).toEqual(['theirs'])
  expect(await names()).toEqual(['claude-theirs', 'production-db'])
})

test('an invalid workspace is accepted neither from a record nor from a stamp', async () => {
  const { host, incarnationOf, plant, start } = await ground(['a'])
  await host.create('claude-b', { workspace: '../../etc', pool: POOL, createdAt: 1000 })
  await plant('claude-a', { workspace: '../../etc\u001b[31m', incarnation: incarnationOf('claude-a') })
  const { pool } = await start()
  expect(pool.listSessions().map(({ workspace }) => workspace)).toEqual(['a'])
})

test('of two sessions with one workspace, the one with its name is chosen, though the other claims to be older', async () => {
  const { host, start } = await ground(['victim'])
  await host.create('claude-liar', { workspace: 'victim', pool: POOL, createdAt: 1 })
  const { pool, log } = await start()
  await pool.discoverExistingSessions()
  expect(pool.getSession('victim')?.sessionName).toBe('claude-victim')
  const warned = log.with('A session claims the workspace of another one - it is left alone')
  expect(warned.map(({ fields }) => fields.sessionName)).toEqual(['claude-liar'])
})

test('a record that a session carries itself does not set attributes or status if another store has a record', async () => {
  const { host, incarnationOf, plant } = await ground(['a'])
  const incarnation = incarnationOf('claude-a')
  const main = memoryStore()
  await fill(main, [record('claude-a', { incarnation, attributes: { chat: 'true' }, revision: 3, run: 'r' })])
  await plant('claude-a', {})
  const carried = memoryStore()
  const forged = { incarnation, attributes: { chat: 'forged' }, status: 'draining', revision: 2 ** 40, run: 'z' }
  await fill(carried, [record('claude-a', forged)])
  const mirror = { ...carried, capabilities: { ...carried.capabilities, liveOnly: true } }
  const { pool } = makePool({ host, metadata: { store: main, mirror: [mirror] } })
  await pool.start()
  expect(pool.getSession('a')).toMatchObject({ attributes: { chat: 'true' }, status: 'idle' })
})

/** A store that a session carries itself, and a store that nobody else can write. */
async function carriedAndMain(records: { carried: object[]; main?: object }) {
  const made = await ground(['a', 'b'])
  const [main, inner] = [heldStore(), memoryStore()]
  await fill(
    inner,
    records.carried.map((fields) => record('claude-a', { incarnation: made.incarnationOf('claude-a'), ...fields })),
  )
  if (records.main)
    await main.overwrite(record('claude-a', { incarnation: made.incarnationOf('claude-a'), ...records.main }))
  const carried = heldStore({ ...inner, capabilities: { ...inner.capabilities, liveOnly: true } })
  const mirror = { ...carried.store, capabilities: { ...inner.capabilities, liveOnly: true } }
  return { ...made, main, carried, mirror }
}
const FORGED = { attributes: { chat: 'forged' }, status: 'draining', revision: 2 ** 40, run: 'z' }

test.each(['main', 'carried'] as const)(
  'a record that a session carries itself sets neither attributes nor status, though the store %s answers later',
  async (later) => {
    const main = { attributes: { chat: 'true' }, revision: 3, run: 'r' }
    const given = await carriedAndMain({ carried: [FORGED], main })
    given[later].fail('open')
    const { pool } = makePool({ host: given.host, metadata: { store: given.main.store, mirror: [given.mirror] } })
    await pool.start()
    given[later].mend()
    await until(() => expect(pool.getSession('a')?.verified).toBe(true))
    expect(pool.getSession('a')).toMatchObject({ attributes: { chat: 'true' }, status: 'idle' })
    await until(async () =>
      expect((await given.main.stored()).get('claude-a')).toMatchObject({ attributes: { chat: 'true' } }),
    )
  },
)

test('a record that a session carries itself says nothing of another session', async () => {
  const { host, incarnationOf, mirror } = await carriedAndMain({ carried: [{}] })
  const { signal } = new AbortController()
  await mirror.open?.({ signal, logger: silentLogger })
  const ofB = { workspace: 'b', incarnation: incarnationOf('claude-b') }
  await mirror.setMany(new Map([['claude-a', record('claude-a', { ...FORGED, ...ofB })]]), { signal })
  await mirror.close?.()
  const { pool } = makePool({ host, metadata: { store: mirror } })
  await pool.start()
  expect(pool.getSession('b')).toMatchObject({ totalRequests: 0, status: 'idle' })
  expect(pool.getSession('b')?.attributes).toBeUndefined()
})

test('the record that a session carries is used when no other store has one', async () => {
  const { host, main, mirror } = await carriedAndMain({ carried: [{ attributes: { chat: 'kept' }, totalRequests: 7 }] })
  const { pool } = makePool({ host, metadata: { store: main.store, mirror: [mirror] } })
  await pool.start()
  expect(pool.getSession('a')).toMatchObject({ attributes: { chat: 'kept' }, totalRequests: 7 })
})

test.each(['main', 'carried'] as const)(
  'a record that a session carries itself sets only counts and times, whatever it claims, though the store %s answers later',
  async (later) => {
    const own = { attributes: { chat: 'true' }, generation: 2, place: { command: 'agent' } }
    const main = { ...own, revision: 3, run: 'r', totalRequests: 4, counts: { r: 4 } }
    const past = [{ incarnation: 'p', createdAt: 9, lastActivityAt: 9, totalRequests: 9 }]
    const forged = {
      ...{ ...FORGED, attributesAt: { all: 'tzzzzzzzzzzz-x' }, place: { command: 'forged' } },
      ...{ generation: 99, past, boot: 'zzz', totalRequests: 7, counts: { r: 4, z: 3 } },
    }
    const given = await carriedAndMain({ carried: [forged], main })
    given[later].fail('open')
    const { pool } = makePool({ host: given.host, metadata: { store: given.main.store, mirror: [given.mirror] } })
    await pool.start()
    given[later].mend()
    await until(() => expect(pool.getSession('a')?.totalRequests).toBe(7))
    await until(() => expect(pool.getSession('a')).toMatchObject({ verified: true, generation: 2 }))
    const view = pool.getSession('a')
    expect(view).toMatchObject({ place: { command: 'agent' }, attributes: { chat: 'true' }, status: 'idle' })
    expect(view?.past ?? []).toEqual([])
  },
)

test('a record that a session carries itself adds no attributes to a record without any', async () => {
  const given = await carriedAndMain({ carried: [FORGED], main: { revision: 3, run: 'r' } })
  given.carried.fail('open')
  const { pool } = makePool({ host: given.host, metadata: { store: given.main.store, mirror: [given.mirror] } })
  await pool.start()
  given.carried.mend()
  await until(() => expect(pool.getSession('a')?.verified).toBe(true))
  await sleep(100)
  expect(pool.getSession('a')?.attributes).toBeUndefined()
})

test('a record that a session carries itself starts no command, although no other store has a record', async () => {
  const given = await carriedAndMain({ carried: [{ ...FORGED, place: { command: 'forged' }, revision: 1 }] })
  const { pool } = makePool({ host: given.host, metadata: { store: given.main.store, mirror: [given.mirror] } })
  await pool.start()
  expect(pool.getSession('a')?.attributes).toEqual({ chat: 'forged' })
  expect(pool.getSession('a')?.place).toBeUndefined()
})

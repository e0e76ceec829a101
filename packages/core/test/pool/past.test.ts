import { expect, test } from 'vitest'
import { createSessionPool, type memoryStore, type SessionPoolOptions } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { fill, heldStore, record, silentLogger } from '../support/held-store.ts'
import { clock, until } from '../support/time.ts'

type Given = Partial<SessionPoolOptions<Record<string, unknown>>>

function poolOn(store: ReturnType<typeof memoryStore>, given: Given = {}) {
  const metadata = { store, flushIntervalMs: 5, maxRetryMs: 10, attachTimeoutMs: 20 }
  return createSessionPool({ clock, host: memoryHost({ clock }), metadata, logger: silentLogger, ...given })
}

/** A store with the record of a session of `docs` whose host was lost. */
async function afterReboot(fields: object = {}) {
  const held = heldStore()
  await fill(held.store, [record('claude-docs', { workspace: 'docs', incarnation: 'former', ...fields })])
  return held
}

const stored = async (held: ReturnType<typeof heldStore>, name = 'claude-docs') =>
  (await held.stored()).get(name) as { readonly past?: object[] } & Record<string, unknown>

test('a session that is created after a reboot keeps the requests and attributes of the former one in its past', async () => {
  const held = await afterReboot({ attributes: { conversation: 'a1b2' }, totalRequests: 5 })
  const pool = poolOn(held.store)
  await pool.start()
  const session = await pool.getOrCreateSession('docs')
  expect(session).toMatchObject({ created: true, totalRequests: 0 })
  const past = [{ incarnation: 'former', totalRequests: 5, attributes: { conversation: 'a1b2' } }]
  expect(session.past).toMatchObject(past)
  await pool.stop()
  expect((await stored(held)).past).toMatchObject(past)
})

test('launch is given the last ended session of the workspace', async () => {
  const held = await afterReboot({ attributes: { conversation: 'a1b2' }, totalRequests: 5 })
  const given: unknown[] = []
  const launch: Given['launch'] = (workspace, attributes, previous) => {
    given.push([workspace, attributes, previous])
    return {}
  }
  const pool = poolOn(held.store, { launch })
  await pool.start()
  await pool.getOrCreateSession('docs')
  await pool.getOrCreateSession('new', { attributes: { a: 1 } })
  const previous = { workspace: 'docs', totalRequests: 5, attributes: { conversation: 'a1b2' } }
  expect(given).toEqual([
    ['docs', undefined, expect.objectContaining(previous)],
    ['new', { a: 1 }, undefined],
  ])
  await pool.stop()
})

test('a session that ends while the pool runs is the past of the next one', async () => {
  const host = memoryHost({ clock })
  const held = heldStore()
  const pool = poolOn(held.store, { host, livenessIntervalMs: 20 })
  await pool.start()
  await pool.getOrCreateSession('docs', { attributes: { conversation: 'a1b2' } })
  await pool.withRequest('docs', () => undefined)
  host.control.exit('claude-docs')
  await until(() => expect(pool.listEnded()).toMatchObject([{ workspace: 'docs', totalRequests: 1 }]))
  expect(pool.getStats().endedSessions).toBe(1)
  const next = await pool.getOrCreateSession('docs')
  expect(next.past).toMatchObject([{ totalRequests: 1, attributes: { conversation: 'a1b2' } }])
  expect(pool.listEnded()).toEqual([])
  await pool.stop()
})

test('a record of a former session that a store brings late is added to the past', async () => {
  const held = await afterReboot({ totalRequests: 5 })
  held.fail('open')
  const pool = poolOn(held.store)
  await pool.start()
  await pool.getOrCreateSession('docs')
  expect(pool.getSession('docs')?.past).toBeUndefined()
  held.mend()
  await until(() => expect(pool.getSession('docs')).toMatchObject({ saved: true, past: [{ totalRequests: 5 }] }))
  await pool.stop()
  expect((await stored(held)).past).toMatchObject([{ incarnation: 'former' }])
})

test('the past of a recovered session is kept, and grows by one with each session', async () => {
  const held = heldStore()
  for (let round = 1; round <= 3; round += 1) {
    const pool = poolOn(held.store)
    await pool.start()
    await pool.getOrCreateSession('docs')
    for (let request = 0; request < round; request += 1) await pool.withRequest('docs', () => undefined)
    await pool.stop()
  }
  const record = await stored(held)
  expect(record).toMatchObject({ totalRequests: 3, past: [{ totalRequests: 2 }, { totalRequests: 1 }] })
})

test('a session that the pool deleted is not the past of the next one', async () => {
  const held = heldStore()
  const pool = poolOn(held.store)
  await pool.start()
  await pool.getOrCreateSession('docs')
  await pool.deleteSession('docs')
  const next = await pool.getOrCreateSession('docs')
  expect(next.past).toBeUndefined()
  expect(pool.listEnded()).toEqual([])
  await pool.stop()
})

test('a record under the name of another workspace is no past of its workspace', async () => {
  const held = heldStore()
  await fill(held.store, [record('claude-web', { workspace: 'docs', incarnation: 'former' })])
  const pool = poolOn(held.store)
  await pool.start()
  expect(pool.listEnded()).toEqual([])
  expect((await pool.getOrCreateSession('docs')).past).toBeUndefined()
  await pool.stop()
})

test('forgetEnded deletes the records that the filter selects, and nothing of living sessions', async () => {
  const held = heldStore()
  const of = (workspace: string, lastActivityAt: number) =>
    record(`claude-${workspace}`, { workspace, lastActivityAt, incarnation: workspace })
  await fill(held.store, [of('old', 1000), of('new', 5000)])
  const pool = poolOn(held.store)
  await pool.start()
  await pool.getOrCreateSession('alive')
  expect(pool.listEnded().map(({ workspace }) => workspace)).toEqual(['new', 'old'])
  expect(await pool.forgetEnded({ before: 2000 })).toEqual(['old'])
  expect(await pool.forgetEnded({ workspace: 'alive' })).toEqual([])
  expect(pool.listEnded().map(({ workspace }) => workspace)).toEqual(['new'])
  await pool.stop()
  expect([...(await held.stored()).keys()].sort()).toEqual(['claude-alive', 'claude-new'])
})

test('forgetEnded refuses an unknown condition, and deletes nothing', async () => {
  const held = await afterReboot()
  const pool = poolOn(held.store)
  await pool.start()
  await expect(pool.forgetEnded({ olderThan: 1 } as never)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  expect(pool.listEnded()).toHaveLength(1)
  await pool.stop()
})

import { expect, test } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { parseRecord } from '../../src/store.ts'
import { memoryHost } from '../../src/testing.ts'
import { fill, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep } from '../support/time.ts'

const open = async () => {
  const made = makePool({ host: memoryHost({ clock }), metadata: { store: memoryStore() } })
  await made.pool.start()
  await made.pool.getOrCreateSession('a')
  return made.pool
}

test('attributes that are nested too deeply are refused, and nothing changes', async () => {
  const pool = await open()
  let deep: unknown = 0
  for (let i = 0; i < 101; i += 1) deep = [deep]
  expect(() => pool.setAttributes('a', { deep })).toThrow(expect.objectContaining({ code: 'INVALID_ATTRIBUTES' }))
  expect(pool.getSession('a')?.attributes).toBeUndefined()
  expect(pool.setAttributes('a', { text: '[[[[{{{{'.repeat(200) })).toBe(true)
})

test('attributes with too many values are refused, in one patch or several, and nothing changes', async () => {
  const pool = await open()
  const refused = expect.objectContaining({
    code: 'INVALID_ATTRIBUTES',
    message: expect.stringContaining('more than 20000 values'),
  })
  const numbers = (length: number) => Array.from({ length }, () => 0)
  expect(() => pool.setAttributes('a', { a: numbers(20_000) })).toThrow(refused)
  expect(pool.setAttributes('a', { a: numbers(15_000) })).toBe(true)
  expect(() => pool.setAttributes('a', { b: numbers(6000) })).toThrow(refused)
  expect(pool.setAttributes('a', { a: undefined, b: numbers(6000) })).toBe(true)
  expect(Object.keys(pool.getSession('a')?.attributes ?? {})).toEqual(['b'])
  await expect(pool.getOrCreateSession('b', { attributes: { a: numbers(20_000) } })).rejects.toEqual(refused)
})

test('a record whose count is too large to add to is unreadable', () => {
  const record = {
    sessionName: 's',
    workspace: 'w',
    createdAt: 1,
    lastActivityAt: 1,
    totalRequests: 2 ** 53 - 1,
    status: 'idle',
  }
  expect(parseRecord('s', record).kind).toBe('unreadable')
  expect(parseRecord('s', { ...record, totalRequests: 1, revision: 2 ** 53 - 1 }).kind).toBe('unreadable')
})

test('a record with the largest revision or count keeps no later record from being read, of its own session or of another', async () => {
  const host = memoryHost({ clock })
  const store = memoryStore()
  const pool = 'claude-'
  const add = (workspace: string) => host.create(`claude-${workspace}`, { workspace, pool, createdAt: 1000 })
  const [a, b] = [await add('a'), await add('b')]
  await fill(store, [
    record('claude-a', { pool, incarnation: a.incarnation, revision: 2 ** 52 }),
    record('claude-b', { pool, incarnation: b.incarnation, totalRequests: 2 ** 52 }),
    record('claude-gone', { pool, incarnation: 'memory.gone', revision: 2 ** 52 }),
  ])
  const counts: unknown[] = []
  for (const at of [1, 2]) {
    const made = makePool({ host, metadata: { store } })
    await made.pool.start()
    if (at === 1) {
      await add('late')
      await made.pool.discoverExistingSessions()
      for (const { workspace } of made.pool.listSessions()) made.pool.trackRequestStart(workspace)
    }
    counts.push(made.pool.listSessions().map(({ workspace, totalRequests }) => `${workspace} ${totalRequests}`))
    expect(await made.pool.stop()).toMatchObject({ saved: 3, unsaved: [] })
  }
  expect(counts[0]).toContain('late 1')
  expect(counts[1]).toEqual(counts[0])
})

test('a save follows a rename, and rejects SESSION_GONE when the session has ended', async () => {
  const host = memoryHost({ clock })
  const inner = memoryStore()
  const waits: Array<() => void> = []
  let held = false
  const store = {
    ...inner,
    async setMany(records: ReadonlyMap<string, unknown>, options: { signal: AbortSignal }) {
      if (held) await new Promise<void>((resolve) => waits.push(resolve))
      return inner.setMany(records, options)
    },
  }
  const { pool } = makePool({ host, metadata: { store, callTimeoutMs: 2000, saveTimeoutMs: 2000 } })
  await pool.start()
  await pool.getOrCreateSession('a')
  pool.trackRequestStart('a')
  held = true
  const saving = pool.saveSessionMetadata('a')
  await sleep(20)
  host.control.rename('claude-a', 'claude-z')
  await pool.discoverExistingSessions()
  held = false
  for (const go of waits.splice(0)) go()
  expect(await saving).toMatchObject({ stores: ['memory'] })
  held = true
  pool.trackRequestStart('a')
  const late = pool.saveSessionMetadata('a')
  await sleep(20)
  const deleting = pool.deleteSession('a', { force: true })
  await sleep(20)
  held = false
  for (const go of waits.splice(0)) go()
  await expect(late.catch((error: { code: string }) => error.code)).resolves.toSatisfy(
    (outcome: unknown) => outcome === 'SESSION_GONE' || typeof outcome === 'object',
  )
  await deleting
})

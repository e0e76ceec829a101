import { expect, test } from 'vitest'
import { memoryHost } from '../../src/testing.ts'
import { fill, heldStore, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, until } from '../support/time.ts'

const MANY = 2001
const ended = { at: 3000, cause: 'exited', exitCode: 0 } as const
const stampOf = (workspace: string) => ({ workspace, pool: 'claude-', createdAt: 1000 })

/** A pool that has started among thousands of ended sessions, and whose store is not read further until `release()`. */
async function startedAmongMany(records: ReadonlyArray<Record<string, unknown>> = []) {
  const host = memoryHost({ clock })
  const [plain, renamed] = [await host.create('claude-a', stampOf('a')), await host.create('claude-b', stampOf('b'))]
  const held = heldStore()
  const expiresAt = clock.date() + 86_400_000
  const others = Array.from({ length: MANY }, (_, at) =>
    record(`claude-o${at}`, { incarnation: `o${at}`, expiresAt, ended }),
  )
  await fill(held.store, [
    ...others,
    record('claude-a', { incarnation: plain.incarnation }),
    record('claude-was', { workspace: 'b', incarnation: renamed.incarnation, totalRequests: 7 }),
    ...records,
  ])
  // The first call reads the living sessions.
  held.holdBefore('getMany').release()
  const rest = held.holdBefore('getMany')
  const seen: unknown[] = []
  const { pool } = makePool({
    host,
    metadata: { store: held.store, callTimeoutMs: 5000, attachTimeoutMs: 5000 },
    maxSessions: 10,
    history: { most: 2 * MANY },
    launch: (_workspace, _attributes, previous) => {
      seen.push(previous?.ended?.cause)
      return {}
    },
  })
  await pool.start()
  await rest.reached
  const isRead = () => until(() => expect(pool.getStats().endedSessions).toBeGreaterThanOrEqual(MANY))
  return { pool, host, held, rest, seen, isRead, release: rest.release }
}

test('a pool starts among thousands of records once those of the living sessions are read', async () => {
  const { pool, release, isRead } = await startedAmongMany()
  expect(pool.getSession('a')).toMatchObject({ totalRequests: 42, verified: true })
  expect(pool.persistence().effective).toMatchObject({ stores: ['held'], reason: 'ok' })
  expect(pool.getStats().endedSessions).toBe(0)
  release()
  await isRead()
})

test('a renamed session is unverified until all records are read, and loses nothing', async () => {
  const { pool, held, release, isRead } = await startedAmongMany()
  await pool.trackRequestStart('b')
  await pool.trackRequestComplete('b')
  expect(pool.getSession('b')).toMatchObject({ totalRequests: 1, verified: false })
  release()
  await isRead()
  await until(() => expect(pool.getSession('b')).toMatchObject({ totalRequests: 8, verified: true }))
  await until(async () => {
    const stored = await held.stored()
    expect(stored.get('claude-b')).toMatchObject({ totalRequests: 8 })
    expect(stored.has('claude-was')).toBe(false)
  })
})

test('a session that is created before its name was read is asked for: a record of a newer release stays', async () => {
  const newer = record('claude-c', { schemaVersion: 99 })
  const { pool, held, release, isRead } = await startedAmongMany([newer])
  await pool.getOrCreateSession('c')
  await pool.getOrCreateSession('d')
  await pool.saveSessionMetadata('d')
  expect((await held.stored()).get('claude-c')).toEqual(newer)
  expect((await held.stored()).get('claude-d')).toMatchObject({ workspace: 'd' })
  release()
  await isRead()
  expect((await held.stored()).get('claude-c')).toEqual(newer)
})

test('a session is created before the record of its earlier one was read: it is told of that', async () => {
  const { pool, seen, release } = await startedAmongMany()
  await pool.getOrCreateSession('o7')
  expect(seen).toEqual(['exited'])
  release()
})

test('a pool that is stopped while the rest is read stops at once', async () => {
  const { pool, held, release } = await startedAmongMany()
  const stopping = pool.stop({ timeoutMs: 4000 })
  release()
  expect(await stopping).toEqual({ saved: 2, unsaved: [] })
  await until(() => expect(held.isOpen()).toBe(false))
})

test('the rest cannot be read: the store is degraded, and joined again once it can', async () => {
  const { pool, held, release, isRead } = await startedAmongMany()
  held.fail('getMany')
  release()
  await until(() => expect(pool.persistence().effective.reason).toBe('degraded'))
  held.mend()
  await isRead()
  await until(() => expect(pool.persistence().effective.reason).toBe('ok'))
  expect(pool.getSession('b')).toMatchObject({ totalRequests: 7, verified: true })
})

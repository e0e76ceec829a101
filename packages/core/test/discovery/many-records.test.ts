import { memoryStore, parseRecord } from '@sessionkeep/contracts'
import { checkListing } from '@sessionkeep/contracts/internal'
import { expect, test } from 'vitest'
import { reconcile } from '../../src/discovery/reconcile.ts'
import { createSessionPool } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { fill, record, silentLogger } from '../support/held-store.ts'
import { clock, until } from '../support/time.ts'
import { countTurns } from '../support/turns.ts'

const MANY = 2000
/** At most 256 records are processed in one turn, in each of several steps. */
const LEAST_TURNS = (2 * MANY) / 256

test('start() among thousands of records without a session lets others have their turn', async () => {
  const store = memoryStore()
  const names = Array.from({ length: MANY }, (_, at) => `claude-o${at}`)
  await fill(
    store,
    names.map((name) => record(name, { workspace: name.slice(7), incarnation: name })),
  )
  const pool = createSessionPool({ clock, host: memoryHost({ clock }), metadata: { store }, logger: silentLogger })
  const turns = countTurns()
  await pool.start()
  await until(() => expect(pool.listEnded()).toHaveLength(MANY))
  expect(await turns.stop()).toBeGreaterThan(LEAST_TURNS)
  await pool.stop()
})

test('thousands of sessions that end at once let others have their turn', async () => {
  const host = memoryHost({ clock })
  for (let at = 0; at < MANY; at += 1)
    await host.create(`claude-s${at}`, { workspace: `s${at}`, pool: 'claude-', createdAt: at })
  const pool = createSessionPool({
    clock,
    host,
    metadata: { store: 'memory' },
    maxSessions: MANY,
    livenessIntervalMs: 1000,
    logger: silentLogger,
  })
  await pool.start()
  expect(pool.listSessions()).toHaveLength(MANY)
  const turns = countTurns()
  for (const session of await host.list()) await host.kill(session)
  await until(() => expect(pool.listSessions()).toHaveLength(0))
  expect(await turns.stop()).toBeGreaterThan(MANY / 256)
  await pool.stop()
})

const listed = Array.from({ length: MANY }, (_, at) => ({
  sessionName: `claude-s${at}`,
  incarnation: `s${at}`,
  workspace: `s${at}`,
  pool: 'claude-',
}))

test('the rows of a host with thousands of sessions are checked in portions', async () => {
  const turns = countTurns()
  const { live } = await checkListing(listed)
  expect(await turns.stop()).toBeGreaterThanOrEqual(MANY / 256 - 1)
  expect(live).toEqual(listed)
})

test('thousands of living sessions are compared with memory and with their records in portions', async () => {
  const store = { label: 'memory' }
  const copies = new Map(
    listed.map((session) => {
      const { sessionName: name, workspace, incarnation } = session
      return [name, parseRecord(name, record(name, { workspace, incarnation }))]
    }),
  )
  const turns = countTurns()
  const { findings } = await reconcile({
    live: listed,
    known: listed.map((session) => ({ workspace: session.workspace, session, readFrom: new Set() })),
    answers: [{ store, copies, complete: true, asOf: 0, stale: new Set() }],
    stores: [store],
    pool: 'claude-',
    decode: (name) => name.slice(7),
    encode: (workspace) => `claude-${workspace}`,
    takeIn: () => true,
  })
  // The records, memory, the sessions, and the records that are left.
  expect(await turns.stop()).toBeGreaterThanOrEqual(4 * (MANY / 256 - 1))
  expect(findings.map(({ session }) => session)).toEqual(listed)
})

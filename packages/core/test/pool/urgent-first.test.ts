import { expect, test } from 'vitest'
import { memoryHost } from '../../src/testing.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep, until } from '../support/time.ts'

/** A pool of many changed sessions, and a store that records its calls. */
async function atWork(sessions: number, flushIntervalMs: number) {
  const faulty = faultyStore()
  const { setMany } = faulty.store
  const { pool } = makePool({
    host: memoryHost({ clock }),
    maxSessions: 5000,
    metadata: { store: faulty.store, flushIntervalMs },
  })
  await pool.start()
  await Promise.all(Array.from({ length: sessions }, (_, i) => pool.getOrCreateSession(`w${i}`)))
  // From now on its writes are slow, so that the dirty names go in several batches.
  faulty.store.setMany = async (records, options) => {
    await sleep(2 * records.size)
    return setMany(records, options)
  }
  faulty.calls.length = 0
  for (let i = 0; i < sessions; i += 1) pool.trackRequestStart(`w${i}`)
  return { pool, sent: () => faulty.calls.filter(({ verb }) => verb === 'setMany').map(({ names }) => names) }
}

const NEVER = 1_000_000

test('a create writes its own record, and no other session’s', async () => {
  const { pool, sent } = await atWork(50, NEVER)
  await pool.getOrCreateSession('new')
  expect(sent()).toEqual([['claude-new']])
})

test('a save writes the record that was asked for, and no other', async () => {
  const { pool, sent } = await atWork(50, NEVER)
  await pool.saveSessionMetadata('w7')
  expect(sent()).toEqual([['claude-w7']])
})

test('the record of a new session is written between two batches of a running flush', async () => {
  const { pool, sent } = await atWork(60, 10)
  await until(() => expect(sent().length).toBeGreaterThan(0))
  await pool.getOrCreateSession('new')
  const then = sent().length
  await until(() => expect(new Set(sent().flat()).size).toBe(61))
  expect(sent().length).toBeGreaterThan(then)
})

test('records that are not urgent are written too while sessions are created all the time', async () => {
  const { pool } = await atWork(40, 10)
  let creating = true
  const creator = (async () => {
    for (let i = 0; creating; i += 1) await pool.getOrCreateSession(`n${i}`)
  })()
  await until(() =>
    expect(pool.listSessions().filter(({ workspace, saved }) => workspace.startsWith('w') && saved)).toHaveLength(40),
  )
  creating = false
  await creator
})

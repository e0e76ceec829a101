import { setImmediate } from 'node:timers/promises'
import { memoryStore } from '@sessionkeep/contracts'
import { expect, test } from 'vitest'
import { createSessionPool } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { fill, record, silentLogger } from '../support/held-store.ts'
import { clock, until } from '../support/time.ts'

/** Counts the turns of the event loop until `stop()`. */
function countTurns() {
  let turns = 0
  let isStopped = false
  const count = async () => {
    while (!isStopped) {
      await setImmediate()
      turns += 1
    }
  }
  const counting = count()
  return {
    async stop() {
      isStopped = true
      await counting
      return turns
    },
  }
}

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

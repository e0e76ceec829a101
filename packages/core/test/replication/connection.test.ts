import { virtualClock } from '@sessionkeep/contracts/testing'
import { expect, test } from 'vitest'
import { memoryStore, StoreError } from '../../src/index.ts'
import { createConnection } from '../../src/replication/connection.ts'
import { createStoreCalls } from '../../src/replication/store-calls.ts'
import { silentLogger } from '../support/held-store.ts'

/** A connection to a store that opens and answers; `joins` counts the attempts. */
function connectionOf() {
  const clock = virtualClock()
  let joins = 0
  const connection = createConnection({
    calls: createStoreCalls(memoryStore(), 1000, clock),
    clock,
    label: 'memory',
    context: { namespace: undefined, owner: 'claude-', logger: silentLogger },
    readOnly: false,
    timing: { callTimeoutMs: 1000, backoff: { minMs: 100, maxMs: 1600 }, lockRetryMs: 100 },
    async join() {
      joins += 1
      connection.noteJoined()
    },
    reads: () => Promise.resolve(),
    onAttached: () => {},
    onState: () => {},
  })
  return { clock, connection, joins: () => joins }
}

test('a store that can be read but not written is retried after ever longer pauses, until a write succeeds', async () => {
  const { clock, connection, joins } = connectionOf()
  await connection.attach()
  const pauses: number[] = []
  for (let at = 0; at < 6; at += 1) {
    if (at === 5) connection.noteSuccess()
    const before = joins()
    connection.noteFailure(new StoreError('STORE_FULL', 'No room.'))
    let pauseMs = 0
    for (; joins() === before; pauseMs += 10) await clock.advance(10)
    expect(connection.state()).toBe('attached')
    pauses.push(pauseMs)
  }
  for (const [at, most] of [100, 200, 400, 800, 1600, 100].entries()) {
    expect(pauses[at]).toBeGreaterThanOrEqual(most / 2)
    expect(pauses[at]).toBeLessThanOrEqual(most + 10)
  }
  await connection.detach(100)
})

test('a detached connection does not retry', async () => {
  const { clock, connection, joins } = connectionOf()
  await connection.attach()
  connection.noteFailure(new StoreError('STORE_FULL', 'No room.'))
  await connection.detach(100)
  const before = joins()
  await clock.advance(60_000)
  expect([connection.state(), joins()]).toEqual(['detached', before])
})

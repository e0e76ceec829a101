import type { StoreContext } from '@sessionkeep/contracts'
import { createStoreCalls } from '@sessionkeep/contracts/internal'
import { type VirtualClock, virtualClock } from '@sessionkeep/contracts/testing'
import { createConnection } from '@sessionkeep/replication'
import { expect, test } from 'vitest'
import { type MetadataStore, memoryStore, StoreError } from '../../src/index.ts'
import { silentLogger } from '../support/held-store.ts'

/** A connection to `store`; `join` counts as an answer of all of it. */
function connectionTo(store: MetadataStore, clock: VirtualClock, onJoin: () => void = () => {}) {
  const connection = createConnection({
    calls: createStoreCalls(store, 1000, clock),
    clock,
    label: 'memory',
    context: { namespace: undefined, owner: 'claude-', logger: silentLogger },
    readOnly: false,
    timing: { callTimeoutMs: 1000, backoff: { minMs: 100, maxMs: 1600 }, lockRetryMs: 100 },
    async join() {
      onJoin()
      connection.noteJoined(true)
    },
    reads: () => Promise.resolve(),
    onAttached: () => {},
    onState: () => {},
  })
  return connection
}

/** A connection to a store that opens and answers; `joins` counts the attempts. */
function connectionOf() {
  const clock = virtualClock()
  let joins = 0
  const connection = connectionTo(memoryStore(), clock, () => {
    joins += 1
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

test('a store that reports its connection as lost is opened anew and joined again without a call', async () => {
  const clock = virtualClock()
  const seen = { opened: [] as StoreContext[], joins: 0 }
  const store: MetadataStore = {
    ...memoryStore(),
    open: async (context) => void seen.opened.push(context),
    close: async () => undefined,
  }
  const connection = connectionTo(store, clock, () => {
    seen.joins += 1
  })
  await connection.attach()
  const [first] = seen.opened
  first?.onLost?.(new StoreError('STORE_UNAVAILABLE', 'The server was restarted.'))
  expect([connection.state(), connection.isJoined()]).toEqual(['degraded', false])
  await clock.advance(200)
  expect([connection.state(), seen.opened.length, seen.joins]).toEqual(['attached', 2, 2])
  // The report of a connection that was given up long ago changes nothing.
  first?.onLost?.(new StoreError('STORE_UNAVAILABLE', 'Late.'))
  expect(connection.state()).toBe('attached')
  await connection.detach(100)
})

test('a store that can only be read now is read, and tried again until it can be written', async () => {
  const clock = virtualClock()
  let isReadOnly = true
  const opened: boolean[] = []
  const store: MetadataStore = {
    ...memoryStore(),
    async open({ readOnly }) {
      if (isReadOnly && !readOnly) throw new StoreError('STORE_READ_ONLY', 'This server is a replica.')
      opened.push(readOnly === true)
    },
    close: async () => undefined,
  }
  const connection = connectionTo(store, clock)
  await connection.attach()
  expect([connection.state(), connection.canRead(), connection.error()?.code]).toEqual([
    ...['degraded', true, 'STORE_READ_ONLY'],
  ])
  isReadOnly = false
  await clock.advance(200)
  expect([connection.state(), opened]).toEqual(['attached', [true, false]])
  await connection.detach(100)
})

test('a store that stays locked is joined once, and again after its connection was lost and when the lock is free', async () => {
  const clock = virtualClock()
  let isLocked = true
  let joins = 0
  const opened: StoreContext[] = []
  const store: MetadataStore = {
    ...memoryStore(),
    async open(context) {
      if (isLocked && !context.readOnly) throw new StoreError('STORE_LOCKED', 'Another gateway writes here.')
      opened.push(context)
    },
    close: async () => undefined,
  }
  const connection = connectionTo(store, clock, () => {
    joins += 1
  })
  await connection.attach()
  await clock.advance(350)
  expect([connection.state(), joins]).toEqual(['locked', 1])
  expect(opened.length).toBeGreaterThan(2)
  opened.at(-1)?.onLost?.(new StoreError('STORE_UNAVAILABLE', 'The server was restarted.'))
  await clock.advance(350)
  expect([connection.state(), joins]).toEqual(['locked', 2])
  isLocked = false
  await clock.advance(100)
  expect([connection.state(), joins]).toEqual(['attached', 3])
  await connection.detach(100)
})

import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { type MetadataStore, memoryStore } from '../../src/index.ts'
import { listNames } from '../../src/replication/list-names.ts'
import { memoryHost } from '../../src/testing.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep, until } from '../support/time.ts'

/** As good as without end, so that a test of it fails rather than hangs. */
const ENDLESS = 3_000_000

const listing = (list: MetadataStore['list']): MetadataStore => ({ ...memoryStore(), name: 'paged', list })

/** Never waits for anything, and gives the same name for ever. */
async function* sameAgain(): AsyncGenerator<string> {
  for (let at = 0; at < ENDLESS; at += 1) yield 'x'
}

test('what a store lists is given once, in its order', async () => {
  const store = listing(async function* () {
    yield* ['b', 'a', 'b']
  })
  expect(await listNames(store, 1000)).toEqual(['b', 'a'])
})

test('a list without end and without I/O is given up at the deadline, and the store is told', async () => {
  let told: AbortSignal | undefined
  let left = false
  const store = listing(async function* ({ signal }) {
    told = signal
    try {
      yield* sameAgain()
    } finally {
      left = true
    }
  })
  let ticked = false
  setTimeout(() => {
    ticked = true
  }, 1)
  await expect(listNames(store, 50)).rejects.toMatchObject({
    code: 'STORE_TIMEOUT',
    message: expect.stringMatching(/list\(\) of store paged does not end/),
  })
  // The rest of the process went on meanwhile.
  expect(ticked).toBe(true)
  expect(told?.aborted).toBe(true)
  await until(() => expect(left).toBe(true))
})

test('a list of ever new names is given up at a bound', async () => {
  const store = listing(async function* () {
    for (let at = 0; at < ENDLESS; at += 1) yield `n${at}`
  })
  await expect(listNames(store, 60_000, systemClock, 1000)).rejects.toMatchObject({
    code: 'STORE_TIMEOUT',
    message: expect.stringContaining('more than 1000 names'),
  })
})

test('a list that takes its time for each name is not given up while names come', async () => {
  const store = listing(async function* () {
    for (let at = 0; at < 8; at += 1) {
      await sleep(20)
      yield `n${at}`
    }
  })
  expect(await listNames(store, 100)).toHaveLength(8)
})

test.each([undefined, [], {}])('a list() that gives %j is said to give no async iterable', async (given) => {
  const store = listing(() => given as unknown as AsyncIterable<string>)
  await expect(listNames(store, 1000)).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: 'list() of store paged gave no async iterable; it has to.',
  })
})

test('a pool starts, serves and stops on a store whose list has no end', async () => {
  const { pool } = makePool({
    host: memoryHost({ clock }),
    metadata: { store: listing(sameAgain), maxRetryMs: 60_000 },
  })
  await pool.start()
  await pool.getOrCreateSession('a')
  expect(pool.trackRequestStart('a')).toBe(true)
  await until(() =>
    expect(pool.persistence().stores[0]).toMatchObject({ state: 'degraded', lastError: { code: 'STORE_TIMEOUT' } }),
  )
})

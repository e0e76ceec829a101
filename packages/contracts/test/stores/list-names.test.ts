import { systemClock } from '@sessionkeep/contracts/internal'
import { expect, test } from 'vitest'
import { makePool } from '../../../core/test/support/pools.ts'
import { clock, sleep, until } from '../../../core/test/support/time.ts'
import { type MetadataStore, memoryStore } from '../../src/index.ts'
import { listNames } from '../../src/stores/list-names.ts'
import { memoryHost } from '../../src/testing.ts'

/** So many names that the list is endless in effect, but a failing test still ends. */
const ENDLESS = 3_000_000

const listing = (list: MetadataStore['list']): MetadataStore => ({ ...memoryStore(), name: 'paged', list })

/** Lists the same name without end and without I/O. */
async function* sameAgain(): AsyncGenerator<string> {
  for (let at = 0; at < ENDLESS; at += 1) yield 'x'
}

test('gives each listed name once, in the order of the list', async () => {
  const store = listing(async function* () {
    yield* ['b', 'a', 'b']
  })
  expect(await listNames(store, 1000)).toEqual(['b', 'a'])
})

test('leaves out what no store can have as a name, and gives the other names', async () => {
  const store = listing(async function* () {
    yield* [5, 'a', null, '', 'x\0y', {}, '\ud800', undefined, 'b'] as string[]
  })
  expect(await listNames(store, 1000)).toEqual(['a', 'b'])
})

test('gives up an endless list without I/O after the time-out, and aborts the signal of the store', async () => {
  let given: AbortSignal | undefined
  let isEnded = false
  const store = listing(async function* ({ signal }) {
    given = signal
    try {
      yield* sameAgain()
    } finally {
      isEnded = true
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
  // Timers had their turn during the list.
  expect(ticked).toBe(true)
  expect(given?.aborted).toBe(true)
  await until(() => expect(isEnded).toBe(true))
})

test('gives up a list with too many names', async () => {
  const store = listing(async function* () {
    for (let at = 0; at < ENDLESS; at += 1) yield `n${at}`
  })
  await expect(listNames(store, 60_000, systemClock, 1000)).rejects.toMatchObject({
    code: 'STORE_TIMEOUT',
    message: expect.stringContaining('more than 1000 names'),
  })
})

test('does not give up a slow list while new names come', async () => {
  const store = listing(async function* () {
    for (let at = 0; at < 8; at += 1) {
      await sleep(20)
      yield `n${at}`
    }
  })
  expect(await listNames(store, 100, clock)).toHaveLength(8)
})

test.each([undefined, [], {}])('rejects with STORE_UNAVAILABLE when list() returns %j', async (given) => {
  const store = listing(() => given as unknown as AsyncIterable<string>)
  await expect(listNames(store, 1000)).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: 'list() of store paged returned no async iterable; it must.',
  })
})

test('a pool starts, serves and stops although the list of its store is endless', async () => {
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

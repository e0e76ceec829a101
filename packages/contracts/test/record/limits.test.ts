import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryStore, parseRecord, recordTextFault, type StoredRecord, serializeRecord } from '../../src/index.ts'
import { withCountOf } from '../../src/record/counts.ts'
import {
  MAX_COUNT,
  MAX_PAST,
  MAX_PAST_ATTRIBUTES,
  MAX_RECORD_BYTES,
  MAX_RUNS,
  MOST_RUNS,
} from '../../src/record/limits.ts'
import { plainJson } from '../../src/record/plain-json.ts'
import { storedRecord } from './arbitraries.ts'

/** Characters with three bytes each. */
const wide = (length: number) => '\u20ac'.repeat(length)
const nested = (levels: number): unknown => (levels === 0 ? {} : { a: nested(levels - 1) })
const options = { signal: AbortSignal.timeout(60_000) }

/** The largest record that a pool can make. */
const largest: StoredRecord = {
  sessionName: wide(200),
  workspace: wide(200),
  createdAt: 8.64e15,
  lastActivityAt: 8.64e15,
  totalRequests: MAX_COUNT,
  counts: Object.fromEntries(Array.from({ length: MAX_RUNS + 2 }, (_, run) => [`run-${run}`, 2 ** 45])),
  status: 'draining',
  incarnation: wide(200),
  pool: wide(200),
  revision: MAX_COUNT,
  run: wide(40),
  attributes: { text: wide(256 * 1024 - 20) },
  past: Array.from({ length: MAX_PAST }, (_, at) => ({
    incarnation: wide(100),
    createdAt: 8.64e15 - at,
    lastActivityAt: 8.64e15,
    totalRequests: MAX_COUNT,
    ...(at === 0 ? { attributes: { text: wide(MAX_PAST_ATTRIBUTES - 20) } } : {}),
  })),
  expiresAt: 8.64e15,
  schemaVersion: 1,
  extra: {},
}

test('the largest record that a pool can make is within the limits, and is found again', () => {
  const text = JSON.stringify(serializeRecord(largest))
  expect(recordTextFault(text)).toBeUndefined()
  expect(parseRecord(largest.sessionName, JSON.parse(text)).kind).toBe('found')
})

test('every record that a pool can make is found again', () => {
  fc.assert(
    fc.property(storedRecord, (record) => {
      const text = JSON.stringify(serializeRecord(record))
      expect(recordTextFault(text)).toBeUndefined()
      expect(parseRecord(record.sessionName, JSON.parse(text)).kind).toBe('found')
    }),
    { numRuns: 500 },
  )
})

test('a text may have more than a record by what is around the record in it, and no more', () => {
  const around = { bytes: 10, depth: 1, values: 2 }
  const texts = [
    (more: number) => JSON.stringify('x'.repeat(MAX_RECORD_BYTES - 2 + 10 + more)),
    (more: number) => '['.repeat(201 + more) + ']'.repeat(201 + more),
    (more: number) => `[${Array.from({ length: 60_000 + more }, () => 1).join()}]`,
  ]
  for (const textWith of texts) {
    expect(recordTextFault(textWith(0), around)).toBeUndefined()
    expect(recordTextFault(textWith(1000), around)).toBeDefined()
    expect(recordTextFault(textWith(0))).toBeDefined()
  }
})

test('a value that is too large, too deep, circular or no JSON is refused without recursion', () => {
  const circular: Record<string, unknown> = {}
  circular.self = circular
  expect(() => plainJson(nested(5000))).toThrow(/nested deeper/)
  expect(() => plainJson(circular)).toThrow(/nested deeper/)
  expect(() => plainJson({ text: 'x'.repeat(MAX_RECORD_BYTES + 1) })).toThrow(/larger/)
  const many = { list: Array.from({ length: 60_000 }, () => ({})) }
  expect(() => plainJson(many)).toThrow('it has more than 60000 values')
  expect(recordTextFault(JSON.stringify(many))).toBe('it has more than 60000 values')
  expect(() => plainJson({ n: 1n })).toThrow(/bigint/)
  expect(() => plainJson({ f: () => undefined })).toThrow(/function/)
  expect(recordTextFault(`${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`)).toBeDefined()
  expect(recordTextFault(`${'['.repeat(201)}${']'.repeat(201)}`)).toMatch(/nested deeper/)
})

test('a store in memory refuses a record that could not be read again, and that name alone', async () => {
  const store = memoryStore()
  await store.open?.({ ...options, logger: console })
  const records = new Map<string, unknown>([
    ['large', { text: 'x'.repeat(MAX_RECORD_BYTES) }],
    ['small', { a: 1 }],
  ])
  await expect(store.setMany(records, options)).rejects.toMatchObject({ code: 'STORE_BATCH_FAILED' })
  expect([...(await store.getMany(['large', 'small'], options)).keys()]).toEqual(['small'])
})

test('what is wrong with a record is said in a short message, however much is wrong', () => {
  const runs = Array.from({ length: MOST_RUNS }, (_, run) => [`run-${run}`, -1])
  const copy = parseRecord('a', { ...largest, sessionName: 'a', counts: Object.fromEntries(runs), past: undefined })
  expect(copy).toMatchObject({ kind: 'unreadable', reason: expect.stringContaining('counts') })
  expect(JSON.stringify(copy).length).toBeLessThan(500)
})

test('a record has at most 20,000 runs with a count of their own, and a pool adds up the oldest before it writes more', () => {
  const countsOf = (length: number) =>
    Object.fromEntries(Array.from({ length }, (_, run) => [`run-${String(run).padStart(5, '0')}`, 1]))
  const recordOf = (counts: Record<string, number>) => {
    const totalRequests = Object.values(counts).reduce((sum, count) => sum + count, 0)
    return { ...largest, sessionName: 'a', attributes: {}, past: [], totalRequests, counts }
  }
  expect(parseRecord('a', recordOf(countsOf(MOST_RUNS)))).toMatchObject({ kind: 'found' })
  expect(parseRecord('a', recordOf(countsOf(MOST_RUNS + 1)))).toMatchObject({ kind: 'unreadable' })
  const counts = withCountOf(countsOf(MOST_RUNS), 'run-99999', 5)
  const copy = parseRecord('a', recordOf(counts))
  expect(copy).toMatchObject({ kind: 'found', record: { totalRequests: MOST_RUNS + 5 } })
})

import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { join } from '../../src/record/join.ts'
import { parseRecord, serializeRecord } from '../../src/record/parse-record.ts'
import { json, storedRecord } from './arbitraries.ts'

const KINDS = ['found', 'unreadable', 'newer']
const RUNS = { numRuns: 1000 }
const refuse = () => {
  throw new Error('hands off')
}

test('parseRecord returns a copy for any value, JSON or not, and never throws', () => {
  const anything = fc.oneof(
    json,
    fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
    }),
  )
  fc.assert(
    fc.property(fc.string(), anything, (name, raw) => {
      expect(KINDS).toContain(parseRecord(name, raw).kind)
    }),
    RUNS,
  )
})

const times = { createdAt: 1, lastActivityAt: 1 }
const valid = { sessionName: 's', workspace: 'w', totalRequests: 1, status: 'idle', ...times }
const circular: { self?: unknown } = {}
circular.self = circular

test.each<[string, unknown]>([
  ['a record with attributes that contain themselves', { ...valid, attributes: circular }],
  ['a record with a BigInt in a field of a newer release', { ...valid, newer: [1n] }],
  ['a symbol', Symbol('s')],
  ['a BigInt', 10n],
  ['a function', () => undefined],
  ['a proxy that throws', new Proxy({}, { get: refuse, ownKeys: refuse, has: refuse, getPrototypeOf: refuse })],
  ['a getter that throws', Object.defineProperty({}, 'createdAt', { enumerable: true, get: refuse })],
  ['a version that throws', Object.defineProperty({}, 'schemaVersion', { enumerable: true, get: refuse })],
])('parseRecord returns `unreadable` for %s', (_, raw) => {
  expect(parseRecord('s', raw).kind).toBe('unreadable')
})

test('parseRecord returns a valid record or none when any field is replaced by any value', () => {
  fc.assert(
    fc.property(storedRecord, fc.nat(), fc.anything({ withBigInt: true }), (record, at, value) => {
      const raw: Record<string, unknown> = serializeRecord(record)
      const keys = Object.keys(raw)
      const key = keys[at % keys.length] ?? 'status'
      const copy = parseRecord('s', { ...raw, [key]: value })
      expect(KINDS).toContain(copy.kind)
      if (copy.kind !== 'found') return
      expect(Number.isSafeInteger(copy.record.totalRequests) && copy.record.totalRequests >= 0).toBe(true)
      expect(Number.isSafeInteger(copy.record.revision) && copy.record.revision >= 0).toBe(true)
      expect(copy.record.createdAt).toBeGreaterThanOrEqual(0)
    }),
    RUNS,
  )
})

test('a record that is written and read again is equal, also in its unknown fields', () => {
  fc.assert(
    fc.property(storedRecord, (record) => {
      const text = JSON.stringify(serializeRecord(record))
      const copy = parseRecord(record.sessionName, JSON.parse(text))
      deepStrictEqual(copy, { kind: 'found', record: JSON.parse(JSON.stringify(record)) })
      if (copy.kind === 'found') deepStrictEqual(serializeRecord(copy.record), JSON.parse(text))
    }),
    RUNS,
  )
})

test('a record under a name that is not its own is unreadable', () => {
  fc.assert(
    fc.property(storedRecord, fc.string(), (record, name) => {
      fc.pre(name !== record.sessionName)
      expect(parseRecord(name, serializeRecord(record)).kind).toBe('unreadable')
    }),
  )
})

test('a record with a newer schemaVersion is `newer`, whatever its other fields are', () => {
  fc.assert(
    fc.property(json, fc.integer({ min: 2 }), (value, schemaVersion) => {
      const raw = { ...(value as object), schemaVersion }
      expect(parseRecord('s', raw)).toEqual({ kind: 'newer', schemaVersion })
    }),
  )
})

test('an own __proto__ at any depth changes no prototype', () => {
  const before = Object.getOwnPropertyNames(Object.prototype)
  fc.assert(
    fc.property(storedRecord, json, (record, value) => {
      const poisoned = { ...serializeRecord(record), attributes: Object.fromEntries([['__proto__', value]]) }
      const raw = JSON.parse(
        JSON.stringify(poisoned).replace(/^\{/, () => `{"__proto__":${JSON.stringify({ polluted: value })},`),
      )
      const copy = parseRecord(record.sessionName, raw)
      expect(copy.kind).toBe('found')
      if (copy.kind !== 'found') return
      const again = join(copy.record, { ...copy.record, revision: copy.record.revision })
      for (const one of [copy.record, copy.record.extra, again, serializeRecord(again)])
        expect(Object.getPrototypeOf(one)).toBe(Object.prototype)
      expect('polluted' in copy.record).toBe(false)
      expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
    }),
  )
})

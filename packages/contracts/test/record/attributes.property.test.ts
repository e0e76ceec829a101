import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  attributeVersion,
  foldVersions,
  latestVersion,
  versionsField,
  versionsOf,
  withVersions,
} from '../../src/record/attributes.ts'
import { join } from '../../src/record/join.ts'
import { parseRecord, type StoredRecord, serializeRecord } from '../../src/record/parse-record.ts'
import type { JsonObject } from '../../src/record/session-metadata.ts'

const RUNS = { numRuns: 300 }
const KEYS = ['k', 'l', 'm']
const BASE: StoredRecord = {
  ...{ sessionName: 's', workspace: 's', createdAt: 1, lastActivityAt: 1, totalRequests: 0, status: 'idle' },
  ...{ revision: 0, run: '', schemaVersion: 1, extra: {} },
}

/** Stores a record and reads it again. */
function stored(record: StoredRecord, edit: (raw: JsonObject) => JsonObject = (raw) => raw): StoredRecord {
  const copy = parseRecord(record.sessionName, edit(JSON.parse(JSON.stringify(serializeRecord(record)))))
  if (copy.kind !== 'found') throw new Error(copy.kind)
  return copy.record
}

/** What a run writes that has read some copies, and sets one attribute; undefined removes it. */
function written(read: StoredRecord | undefined, set: JsonObject, at: { readonly time: number; readonly run: string }) {
  const versions = read && versionsOf(read)
  const version = attributeVersion(at.time, at.run, latestVersion(versions))
  const merged = { ...(read?.attributes as JsonObject | undefined), ...set }
  const attributes = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== 0))
  const record = { ...BASE, ...read, attributes, revision: (read?.revision ?? 0) + 1, run: at.run }
  const { attributesAt: _, ...fields } = record
  return {
    ...fields,
    ...versionsField(withVersions(versions, new Map(Object.keys(set).map((key) => [key, version]))), record),
  }
}

const step = fc.record({
  /** The stores that answer, and are written. */
  up: fc.constantFrom([0], [1], [0, 1]),
  key: fc.constantFrom(...KEYS),
  value: fc.nat(3),
  /** How far the clock of the run is set back or forth. */
  skew: fc.constantFrom(0, 0, 0, -100),
  /** Requests between, which make revisions of one store larger than those of the other. */
  others: fc.nat(5),
})

test('two stores that answer in turns have the last value of each attribute, if clocks are right', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const stores: (StoredRecord | undefined)[] = [undefined, undefined]
      const truth: { [key: string]: number } = {}
      for (const [index, { up, key, value, others }] of steps.entries()) {
        const read = up.flatMap((at) => stores[at] ?? [])
        const past = read.length > 0 ? read.reduce(join) : undefined
        const whole = past && up.length === 2 ? folded(past) : past
        const next = written(
          whole,
          { [key]: value },
          { time: 1000 + index, run: `run${String(index).padStart(2, '0')}` },
        )
        for (const at of up) stores[at] = stored({ ...next, revision: next.revision + others })
        truth[key] = value
      }
      const all = stores.flatMap((record) => record ?? [])
      const expected = Object.fromEntries(Object.entries(truth).filter(([, value]) => value !== 0))
      if (all.length > 0) deepStrictEqual(all.reduce(join).attributes, expected)
    }),
    RUNS,
  )
})

test('a run that knew of a value replaces it, whatever its clock says', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      let record: StoredRecord | undefined
      const copies: StoredRecord[] = []
      const truth: { [key: string]: number } = {}
      for (const [index, { key, value, skew }] of steps.entries()) {
        record = stored(written(record, { [key]: value }, { time: 1000 + index + skew, run: `run${index}` }))
        copies.push(record)
        truth[key] = value
      }
      const expected = Object.fromEntries(Object.entries(truth).filter(([, value]) => value !== 0))
      deepStrictEqual(copies.reduce(join).attributes, expected)
    }),
    RUNS,
  )
})

test('attributes that one version names as a whole are the same as before', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), (steps) => {
      const record = steps.reduce<StoredRecord>(
        (read, { key, value }, index) => written(read, { [key]: value }, { time: index, run: 'a' }),
        BASE,
      )
      deepStrictEqual(join(folded(record), record), folded(record))
      deepStrictEqual(folded(record).attributes, record.attributes)
    }),
    RUNS,
  )
})

test('a record without attributes takes none from a copy that has some, whichever is newer', () => {
  const with1 = { ...BASE, attributes: { k: 1 }, revision: 1 }
  expect(join(with1, { ...BASE, revision: 9, run: 'z' })).toMatchObject({ revision: 9, attributes: { k: 1 } })
})

test('of attributes without versions those with the higher revision are used, also when joined in another order', () => {
  const copies = [5, 7, 6].map((revision) => ({
    ...BASE,
    revision,
    ...(revision !== 7 && { attributes: { revision } }),
  }))
  const [five, seven, six] = copies as [StoredRecord, StoredRecord, StoredRecord]
  for (const joined of [join(join(five, seven), six), join(five, join(seven, six)), join(join(six, seven), five)])
    expect(joined).toMatchObject({ revision: 7, attributes: { revision: 6 } })
})

test('attributes that a person edited replace those of a copy that was not edited', () => {
  const record = stored(written(undefined, { k: 1, l: 2 }, { time: 5, run: 'a' }))
  const edited = stored(record, (raw) => ({ ...raw, attributes: { k: 3 } }))
  expect(join(record, edited).attributes).toEqual({ k: 3 })
  expect(join(edited, record).attributes).toEqual({ k: 3 })
  const { attributes: _, ...removed } = serializeRecord(record)
  expect(
    join(
      record,
      stored(record, () => removed),
    ).attributes,
  ).toBeUndefined()
  const again = stored(edited, (raw) => ({ ...raw, attributes: { k: 4 } }))
  expect([record, again, edited].reduce(join).attributes).toEqual({ k: 4 })
})

test('attributes that an older release set replace those of a copy that it did not write', () => {
  const record = stored(written(undefined, { k: 1 }, { time: 5, run: 'a' }))
  // It writes versions back as a field that it does not know.
  const later = stored(record, (raw) => ({ ...raw, attributes: { k: 2 }, revision: 8, run: 'b' }))
  expect(join(record, later).attributes).toEqual({ k: 2 })
})

test('more names than a record may list make one version of them all', () => {
  const keys = Array.from({ length: 2000 }, (_, at) => `attribute-${at}`)
  expect(withVersions({ all: 't1' }, new Map(keys.map((key) => [key, 't2'])))).toEqual({ all: 't2' })
})

function folded(record: StoredRecord): StoredRecord {
  const { attributesAt: _, ...fields } = record
  return { ...fields, ...versionsField(foldVersions(versionsOf(record)), record) }
}

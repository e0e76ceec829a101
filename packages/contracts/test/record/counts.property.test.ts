import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countsOf, foldCounts, joinCounts, readCounts, sumOf, withCountOf } from '../../src/record/counts.ts'
import { join } from '../../src/record/join.ts'
import { MAX_COUNT, MAX_READ, MAX_RUNS, MAX_TIME_MS } from '../../src/record/limits.ts'
import { parseRecord, type StoredRecord, serializeRecord } from '../../src/record/parse-record.ts'
import { newRunId } from '../../src/record/run-id.ts'
import type { Counts } from '../../src/record/session-metadata.ts'
import { rawCounts, storedRecord } from './arbitraries.ts'

const RUNS = { numRuns: 2000 }
const total = fc.oneof(fc.nat(20), fc.constantFrom(0, MAX_COUNT - 1, MAX_COUNT))
const read = fc.tuple(total, rawCounts, fc.boolean()).map(([edited, counts, isEdited]) => {
  const sum = sumOf(joinCounts(counts, {}))
  return readCounts(isEdited ? edited : sum, counts)
})
/** Counts as they come to be: parsed, and then folded down to a few runs or to none. */
const counts = fc
  .tuple(read, fc.constantFrom('r2', 'r3', 'r5'), fc.nat(4))
  .map(([one, own, most]) => foldCounts(one, own, most))

describe('copies of counts, however they were folded', () => {
  test('join in any order', () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        deepStrictEqual(joinCounts(a, b), joinCounts(b, a))
      }),
      RUNS,
    )
  })

  test('join in any grouping', () => {
    fc.assert(
      fc.property(counts, counts, counts, (a, b, c) => {
        deepStrictEqual(joinCounts(joinCounts(a, b), c), joinCounts(a, joinCounts(b, c)))
      }),
      RUNS,
    )
  })

  test('join any number of times', () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        deepStrictEqual(joinCounts(a, a), a)
        deepStrictEqual(joinCounts(joinCounts(a, b), b), joinCounts(a, b))
      }),
      RUNS,
    )
  })

  test('have the same sum as before they were folded, and joining them with the unfolded copy changes nothing', () => {
    fc.assert(
      fc.property(counts, fc.nat(3), (before, most) => {
        const after = foldCounts(before, '~', most)
        expect(sumOf(after)).toBe(sumOf(before))
        deepStrictEqual(joinCounts(after, before), after)
        expect(Object.keys(after).filter((key) => !key.startsWith('<=')).length).toBeLessThanOrEqual(most)
      }),
      RUNS,
    )
  })

  test('have the count of the run that is still counting', () => {
    expect(foldCounts({ r1: 1, r2: 2, r3: 3 }, 'r2', 0)).toEqual({ '<=r1': 1, r2: 2, r3: 3 })
    expect(foldCounts({ r1: 1, r2: 2 }, 'r1', 0)).toEqual({ r1: 1, r2: 2 })
  })
})

test('after reading, the counts add up to the total, whatever the counts were', () => {
  fc.assert(
    fc.property(total, rawCounts, (totalRequests, raw) => {
      expect(sumOf(readCounts(totalRequests, raw))).toBe(totalRequests)
    }),
    RUNS,
  )
})

describe('a total that was edited, or raised by a release that knows no counts', () => {
  const was: Counts = { '<=': 4, r1: 5, r2: 1 }

  test('above the sum of the counts is credited, and only once if both copies have it', () => {
    const raised = readCounts(13, was)
    expect(raised).toEqual({ '<=': 7, r1: 5, r2: 1 })
    expect(sumOf(joinCounts(raised, was))).toBe(13)
    expect(sumOf(joinCounts(raised, readCounts(13, was)))).toBe(13)
    expect(sumOf(joinCounts(raised, { ...was, r2: 3 }))).toBe(15)
  })

  test('below the sum of the counts is right too, also beside a mirror that was not edited', () => {
    const lowered = readCounts(3, was)
    expect(sumOf(lowered)).toBe(3)
    expect(sumOf(joinCounts(lowered, was))).toBe(3)
    expect(sumOf(joinCounts(lowered, { ...was, r3: 2 }))).toBe(5)
    expect(readCounts(0, was)).toEqual({ '<=r2': 0 })
  })

  test('in records without counts: the larger one counts', () => {
    expect(sumOf(joinCounts(readCounts(7), readCounts(9)))).toBe(9)
    expect(sumOf(joinCounts(withCountOf(readCounts(7), 'r1', 2), readCounts(7)))).toBe(9)
  })
})

test('a run whose clock is behind the base adds to the base', () => {
  const counts = withCountOf({ '<=r5': 7, r6: 1 }, 'r3', 4)
  expect(counts).toEqual({ '<=r5': 11, r6: 1 })
  expect(sumOf(counts)).toBe(12)
})

test('ids of runs sort by the time at which they were made', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 31), fc.integer({ min: 1, max: 2 ** 40 }), (first, later) => {
      expect(newRunId(first) < newRunId(first + later)).toBe(true)
    }),
  )
  expect(newRunId(1e12)).not.toBe(newRunId(1e12))
})

/** One run: which of the two stores it can read, whether it is configured with that store alone, and how many requests it counts. */
const life = fc.record({
  reads: fc.constantFrom('both', 'A', 'B'),
  isAlone: fc.boolean(),
  counts: fc.nat(3),
  /** Which of the stores that it reads acknowledge its last write. */
  acknowledges: fc.constantFrom('both', 'A', 'B'),
})
const includes = (which: string, store: 'A' | 'B') => which === 'both' || which === store

test('two stores that are unavailable in turns add up to all requests, if each comes back before the runs that it missed are folded', () => {
  const most = 3
  fc.assert(
    fc.property(fc.array(life, { maxLength: 40 }), (lives) => {
      let truth = 0
      let away = 0
      const stores: Record<'A' | 'B', Counts> = { A: {}, B: {} }
      for (const [at, { reads, isAlone, counts: own, acknowledges }] of lives.entries()) {
        const run = `r${String(at).padStart(2, '0')}`
        // A run that is configured with one store does not wait for the other; the test brings that back in time.
        const isBack = away >= most
        const asked = isBack ? 'both' : reads
        const isWhole = asked === 'both' || isAlone
        const got = (['A', 'B'] as const).filter(
          (store) => includes(asked, store) && (isBack || includes(acknowledges, store)),
        )
        // A store is back once it has acknowledged what it missed.
        away = got.length === 2 ? 0 : away + 1
        const read = (['A', 'B'] as const).filter((store) => includes(asked, store))
        let known = read.map((store) => stores[store]).reduce(joinCounts, {})
        if (isWhole) known = foldCounts(known, run, most)
        const written = withCountOf(known, run, own)
        for (const store of got) stores[store] = written
        if (got.length > 0) truth += own
      }
      expect(sumOf(joinCounts(stores.A, stores.B))).toBe(truth)
      expect(Object.keys(stores.A).length).toBeLessThanOrEqual(2 * most + 3)
    }),
    RUNS,
  )
})

test('a thousand runs are folded to the base and the newest runs', () => {
  let counts: Counts = {}
  for (let at = 0; at < 1000; at += 1) {
    const run = newRunId(1e12 + at)
    counts = withCountOf(foldCounts(counts, run), run, 2)
  }
  expect(sumOf(counts)).toBe(2000)
  expect(Object.keys(counts)).toHaveLength(MAX_RUNS + 2)
})

describe('every record that the pool writes can be read again', () => {
  const extreme = fc.constantFrom(0, 1, MAX_COUNT - 1, MAX_COUNT, MAX_READ, MAX_READ + 2, Number.MAX_SAFE_INTEGER)
  const anyTime = fc.oneof(
    fc.constantFrom(
      MAX_TIME_MS,
      MAX_TIME_MS + 1,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
      -1,
      0.5,
    ),
    fc.double(),
  )

  test('with times and revisions beyond the limits', () => {
    fc.assert(
      fc.property(storedRecord, extreme, anyTime, anyTime, anyTime, (record, revision, born, active, expires) => {
        const made: StoredRecord = { ...record, revision, createdAt: born, lastActivityAt: active, expiresAt: expires }
        const raw: unknown = JSON.parse(JSON.stringify(serializeRecord(made)))
        expect(parseRecord(record.sessionName, raw).kind).toBe('found')
      }),
      RUNS,
    )
  })

  test('after joining, counting and folding any number of times, from extreme values', () => {
    fc.assert(
      fc.property(fc.array(storedRecord, { minLength: 1, maxLength: 6 }), extreme, (records, own) => {
        let known = records[0] as StoredRecord
        for (const next of records) {
          known = join(known, { ...next, sessionName: known.sessionName })
          const counts = withCountOf(foldCounts(countsOf(known), 'x', 1), 'x', own)
          const made = { ...known, revision: known.revision + 1, totalRequests: sumOf(counts), counts }
          const raw: unknown = JSON.parse(JSON.stringify(serializeRecord(made)))
          const copy = parseRecord(made.sessionName, raw)
          expect(copy.kind).toBe('found')
          if (copy.kind === 'found') known = copy.record
          expect(known.totalRequests).toBe(Math.min(MAX_COUNT, sumOf(counts)))
        }
      }),
      // Each run joins some records, so that these are as many records as in the tests above.
      { numRuns: 600 },
    )
  })
})

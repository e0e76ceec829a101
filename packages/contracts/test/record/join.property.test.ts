import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countsOf, sumOf } from '../../src/record/counts.ts'
import { join } from '../../src/record/join.ts'
import { deepFreeze, storedRecord } from './arbitraries.ts'
import { sharedCases } from './shared-cases.ts'

const record = storedRecord.map(deepFreeze)
const always = sharedCases(fc.tuple(record, record, record), 2000)

test('join is commutative', () =>
  always(([a, b]) => {
    deepStrictEqual(join(a, b), join(b, a))
  }))

test('join is associative', () =>
  always(([a, b, c]) => {
    deepStrictEqual(join(join(a, b), c), join(a, join(b, c)))
  }))

test('join is idempotent: a copy joined again changes nothing', () =>
  always(([a, b]) => {
    deepStrictEqual(join(a, a), a)
    deepStrictEqual(join(join(a, b), b), join(a, b))
  }))

test('join has every request of both copies, the earlier creation, the later activity, the higher revision and the known incarnation', () =>
  always(([a, b]) => {
    const both = join(a, b)
    expect(both.totalRequests).toBe(sumOf(countsOf(both)))
    if (a.counts === undefined && b.counts === undefined)
      expect(both.totalRequests).toBe(Math.max(a.totalRequests, b.totalRequests))
    expect(both.createdAt).toBe(Math.min(a.createdAt, b.createdAt))
    expect(both.lastActivityAt).toBe(Math.max(a.lastActivityAt, b.lastActivityAt))
    expect(both.revision).toBe(Math.max(a.revision, b.revision))
    expect(both.incarnation !== undefined).toBe(a.incarnation !== undefined || b.incarnation !== undefined)
    if (a.revision > b.revision) {
      expect(both).toMatchObject({ status: a.status, run: a.run })
      deepStrictEqual(both.extra, a.extra)
    }
  }))

test('how a session was started is known after join if one copy knows it', () =>
  always(([a, b]) => {
    const both = join(a, b)
    for (const field of ['incarnation', 'generation', 'startedAt', 'boot', 'place'] as const)
      expect(both[field] === undefined).toBe(a[field] === undefined && b[field] === undefined)
  }))

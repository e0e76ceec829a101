import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonical } from '../../src/record/canonical.ts'
import { sameJson } from '../../src/record/same-json.ts'

const json = fc.jsonValue({ maxDepth: 4 }).map((value): unknown => JSON.parse(JSON.stringify(value)))

/** The same value with the keys of every object in reverse order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, turned(item)]),
  )
}

test('two values are the same JSON if and only if their canonical texts are equal', () => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      expect(sameJson(a, turned(a))).toBe(true)
      expect(sameJson(a, b)).toBe(canonical(a) === canonical(b))
      expect(sameJson([a, b], [b, a])).toBe(canonical(a) === canonical(b))
    }),
  )
})

test.each([
  [{ a: 1 }, { b: 1 }],
  [{ a: 1 }, { a: 1, b: 1 }],
  [[], {}],
  [{ a: null }, {}],
  [
    [1, 2],
    [2, 1],
  ],
  [null, {}],
  ['1', 1],
])('%j is not %j', (a, b) => {
  expect([sameJson(a, b), sameJson(b, a)]).toEqual([false, false])
})

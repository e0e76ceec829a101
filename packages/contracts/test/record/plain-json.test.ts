import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_RECORD_BYTES, MAX_RECORD_DEPTH } from '../../src/record/limits.ts'
import { plainJson } from '../../src/record/plain-json.ts'

const nested = (depth: number): unknown => {
  let value: unknown = 1
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { value }
  return value
}
const circular: { self?: unknown } = {}
circular.self = circular

test('a JSON value is copied, with its keys and numbers', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const raw: unknown = JSON.parse(text)
      expect(JSON.stringify(plainJson(raw))).toBe(JSON.stringify(raw))
    }),
  )
})

test('an own property named __proto__ stays a property, and the copy keeps its prototype', () => {
  const copy = plainJson(JSON.parse('{"a":{"__proto__":{"polluted":1}}}')) as { a: object }
  expect(JSON.stringify(copy)).toBe('{"a":{"__proto__":{"polluted":1}}}')
  expect(Object.getPrototypeOf(copy.a)).toBe(Object.prototype)
})

test('each property of a proxy is read once, and later changes of it are not seen', () => {
  let reads = 0
  const proxy = new Proxy({ count: 0 }, { get: (_, key) => (key === 'count' ? ++reads : undefined) })
  expect(plainJson({ proxy })).toEqual({ proxy: { count: 1 } })
  expect(reads).toBe(1)
})

test.each<[string, unknown]>([
  ['a BigInt', { a: 10n }],
  ['a value that contains itself', circular],
  ['a number that JSON cannot express', [Number.NaN]],
  ['a date', { at: new Date(0) }],
  ['a map', new Map([['a', 1]])],
  ['a function', { a: () => 1 }],
  ['an array whose length is a lie', new Proxy([], { get: (_, key) => (key === 'length' ? 1e15 : 1) })],
  ['nesting of one level too many', nested(MAX_RECORD_DEPTH + 1)],
  ['nesting of 100,000 levels', nested(100_000)],
  ['texts that are too large together', Array.from({ length: 5 }, () => 'x'.repeat(MAX_RECORD_BYTES / 4))],
])('%s is refused with a TypeError', (_, raw) => {
  expect(() => plainJson(raw)).toThrow(TypeError)
})

test('a value at the limits is copied', () => {
  const deep = nested(MAX_RECORD_DEPTH)
  expect(JSON.stringify(plainJson(deep))).toBe(JSON.stringify(deep))
  const text = 'x'.repeat(MAX_RECORD_BYTES - 2 - '{"a":}'.length)
  expect(plainJson({ a: text })).toEqual({ a: text })
})

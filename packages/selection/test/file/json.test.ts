import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonFault } from '../../src/file/json.ts'

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const broken = fc
  .tuple(
    fc.json(),
    fc.nat(),
    fc.nat(3),
    fc.constantFrom('', '{', '}', '[', ']', ',', ':', '"', '1', '-', '.', 'e', 'x', ' ', '\n', '\t', '\\', '\u0001'),
  )
  .map(([text, at, length, piece]) => {
    const from = at % (text.length + 1)
    return text.slice(0, from) + piece + text.slice(from + length)
  })

test('a fault is found in exactly those texts that the engine refuses', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), broken, broken), (text) => {
      expect([text, jsonFault(text) === undefined]).toEqual([text, isJson(text)])
    }),
    { numRuns: 3000 },
  )
})

test.each([
  ['{\n  "store": "file",\n}', 3, 1, 'a name in double quotes'],
  ['{\n  "store": file\n}', 2, 12, 'a value'],
  ['{ "store": "file"', 1, 18, '"," or the end'],
  ['{ "mirror": ["a" "b"] }', 1, 18, '"," or the end'],
  ['{ "store" "file" }', 1, 11, '":"'],
  ['', 1, 1, 'a value'],
  ['{}\n{}', 2, 1, 'nothing more'],
])('the message has the place and what was expected: %j', (text, line, column, expected) => {
  expect(jsonFault(text)).toEqual({ line, column, expected })
})

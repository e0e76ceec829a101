import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyOf, textOf } from '../src/keys.ts'

const texts = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 700 }),
  fc.string({ unit: fc.constantFrom('a', '_', ':', '~', '/', '.', '-', 'A', 'é'), minLength: 1, maxLength: 400 }),
)

test('every text has a key of its own, and is read back from it', () => {
  fc.assert(fc.property(texts, (text) => textOf(keyOf(text)) === text))
})

test('a key is made of segments that every file system takes, and none of which is also a directory of another key', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const segments = keyOf(text).split(':')
      for (const segment of segments) expect(segment).toMatch(/^[a-z0-9~-]{1,150}_?$/)
      expect(segments.map((segment) => segment.endsWith('_'))).toEqual(
        segments.map((_, at) => at < segments.length - 1),
      )
    }),
  )
})

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyOf, keySpaceOf, textOf } from '../src/key-value-keys.ts'

const texts = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 700 }),
  fc.string({ unit: fc.constantFrom('a', '_', ':', '~', '/', '.', '-', 'A', 'é'), minLength: 1, maxLength: 400 }),
)
const namespaces = fc.option(fc.oneof(texts, fc.constantFrom('', 'ground', 'pool-', 'live', 'aside')), {
  nil: undefined,
})

test('every text has its own key, and is decoded from it', () => {
  fc.assert(fc.property(texts, (text) => textOf(keyOf(text)) === text))
})

test('a key consists of segments that every file system accepts, and is never a directory of another key', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const segments = keyOf(text).split('/')
      for (const segment of segments) expect(segment).toMatch(/^[a-z0-9~-]{1,150}_?$/)
      expect(segments.map((segment) => segment.endsWith('_'))).toEqual(
        segments.map((_, at) => at < segments.length - 1),
      )
    }),
  )
})

test('a namespace decodes its own keys, and those of no other namespace', () => {
  fc.assert(
    fc.property(namespaces, namespaces, texts, (one, other, name) => {
      const key = keySpaceOf(one).key(name)
      expect(keySpaceOf(one).nameOf(key)).toBe(name)
      expect(key.startsWith(keySpaceOf(other).prefix)).toBe(one === other)
    }),
  )
})

test.each([
  ['docs', 'docs/live/more'],
  ['docs', 'Docs'],
  ['', 'live'],
  ['ground', undefined],
])('the namespaces %j and %j have no key in common, whatever the name and the case', (one, other) => {
  for (const name of ['a', 'live/a', 'more/live/a', '/']) {
    const key = keySpaceOf(other).key(name).toLowerCase()
    expect(key.startsWith(keySpaceOf(one).prefix.toLowerCase())).toBe(false)
  }
})

test.each(['', 'live', 'ground/live/', 'ground/live/A', 'ground/live/~61', 'ground/live/a_/b', 'ground/live/é'])(
  'the key %j belongs to no name',
  (key) => {
    expect(keySpaceOf(undefined).nameOf(key)).toBeUndefined()
  },
)

test('each key for setting aside is new and outside of the records', () => {
  const keys = keySpaceOf('docs')
  const [first, second] = [keys.asideKey('a'), keys.asideKey('a')]
  expect(first).not.toBe(second)
  expect([first, second].filter((key) => key.startsWith(keys.prefix))).toEqual([])
})

test('a namespace that would be decoded as another one is refused', () => {
  for (const namespace of ['\ud800', 'a\udc00']) {
    expect(() => keySpaceOf(namespace)).toThrow(expect.objectContaining({ code: 'STORE_MISCONFIGURED' }))
  }
})

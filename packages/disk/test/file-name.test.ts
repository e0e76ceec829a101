import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeName, encodeName, isHashed } from '../src/file-name.ts'

const wellFormed = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 })
// Names that differ only slightly: in case, composition, escapes or blanks.
const alike = fc
  .array(
    fc.constantFrom(
      'a',
      'A',
      'é',
      'e\u0301',
      'É',
      '%',
      '%41',
      '%c3%a9',
      '.',
      ' ',
      '/',
      '_',
      '-',
      '~',
      'ß',
      'ẞ',
      'ı',
      'K',
    ),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((parts) => parts.join(''))
const long = fc
  .tuple(fc.constantFrom('x', 'X', 'é', '.'), fc.integer({ min: 60, max: 300 }))
  .map(([unit, n]) => unit.repeat(n))
const anyName = fc.oneof(wellFormed, alike, long)
const folds = fc.boolean()
const folded = (text: string) => text.normalize('NFKD').toUpperCase().toLowerCase()

test('two names never share a file name', () => {
  fc.assert(
    fc.property(anyName, anyName, folds, (one, other, foldsCase) => {
      fc.pre(one !== other)
      expect(encodeName(one, foldsCase)).not.toBe(encodeName(other, foldsCase))
    }),
    { numRuns: 3000 },
  )
})

test('two names never share a file name on a file system that folds case and normalises Unicode', () => {
  fc.assert(
    fc.property(anyName, anyName, (one, other) => {
      fc.pre(one !== other)
      expect(folded(encodeName(one, true))).not.toBe(folded(encodeName(other, true)))
    }),
    { numRuns: 3000 },
  )
  const close = [
    'a',
    'A',
    'é',
    'e\u0301',
    'É',
    'con',
    'CON',
    '%41',
    '%',
    'a.',
    'a',
    'a ',
    'ſ',
    's',
    'S',
    'K',
    'k',
    '%63on',
  ]
  const files = new Set(close).size
  expect(new Set(close.map((name) => folded(encodeName(name, true)))).size).toBe(files)
})

test('decoding returns the name, or that it is inside the file', () => {
  fc.assert(
    fc.property(anyName, folds, (name, foldsCase) => {
      const encoded = encodeName(name, foldsCase)
      expect(decodeName(encoded, foldsCase)).toEqual(isHashed(encoded) ? 'hashed' : { name })
    }),
    { numRuns: 3000 },
  )
})

test('decoding accepts exactly the results of encoding', () => {
  const pieces = fc.array(fc.constantFrom('a', 'A', '%', '%4', '%41', '%61', '%C3', '%c3', '%a9', '%2f', '.', 'é'), {
    maxLength: 5,
  })
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        pieces.map((parts) => parts.join('')),
      ),
      folds,
      (file, foldsCase) => {
        const decoded = decodeName(file, foldsCase)
        if (typeof decoded === 'object') expect(encodeName(decoded.name, foldsCase)).toBe(file)
      },
    ),
    { numRuns: 3000 },
  )
})

test('every file name is short, safe ASCII that does not begin with a dot', () => {
  fc.assert(
    fc.property(anyName, folds, (name, foldsCase) => /^[A-Za-z0-9_%-]{1,200}$/.test(encodeName(name, foldsCase))),
  )
})

test('names in [A-Za-z0-9_-] are unchanged; when case is folded, only the lower-case ones', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{1,200}$/), (name) => {
      expect(encodeName(name, false)).toBe(name)
    }),
  )
  expect(encodeName('claude-test-workspace', true)).toBe('claude-test-workspace')
  expect(encodeName('claude-Test', true)).toBe('claude-%54est')
  expect(encodeName('con', true)).toBe('%63on')
})

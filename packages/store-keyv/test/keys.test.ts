import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keySpaceOf } from '../src/keys.ts'

const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(':', '%', '-', '2', '5', 'D', '3', 'A', 'a', '_', '*'), maxLength: 6 }),
  fc.string({ maxLength: 100 }),
)
const place = fc.tuple(text, fc.option(text, { nil: undefined }), text)

describe('keySpaceOf()', () => {
  test('different namespaces, pools and names never share a key, and no prefix begins another’s', () => {
    fc.assert(
      fc.property(place, place, ([n1, p1, a], [n2, p2, b]) => {
        const [one, two] = [keySpaceOf(n1, p1), keySpaceOf(n2, p2)]
        const isSameSpace = n1 === n2 && p1 === p2
        expect(one.key(a) === two.key(b)).toBe(isSameSpace && a === b)
        expect(two.key(b).startsWith(one.prefix)).toBe(isSameSpace)
        expect(two.asideKey(b, 'u').startsWith(one.prefix)).toBe(false)
        expect(one.asideKey(a, 'u') === two.asideKey(b, 'u')).toBe(isSameSpace && a === b)
      }),
      { numRuns: 2000 },
    )
  })

  test('a key contains its name or is a hash, and fits a column of 255 characters', () => {
    fc.assert(
      fc.property(place, ([namespace, pool, name]) => {
        const space = keySpaceOf(namespace, pool)
        const key = space.key(name)
        expect(space.nameOf(key)).toBe(key.includes('%sha256-', space.prefix.length) ? undefined : name)
        expect(space.asideKey(name, '0'.repeat(12)).length).toBeLessThanOrEqual(255)
        expect(key.length).toBeLessThanOrEqual(255)
      }),
    )
  })

  test('a key that the store never writes has no name', () => {
    const space = keySpaceOf('a', undefined)
    for (const key of ['a:-:b:c', 'a:-:', 'a:-:%zz', 'a:-:%3a', 'a:b:c', 'b', space.probe])
      expect(space.nameOf(key)).toBeNull()
  })
})

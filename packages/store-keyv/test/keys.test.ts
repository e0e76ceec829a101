import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { floorOf } from '../src/keys.ts'

const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(':', '%', '-', '2', '5', 'D', '3', 'A', 'a', '_', '*'), maxLength: 6 }),
  fc.string({ maxLength: 100 }),
)
const place = fc.tuple(text, fc.option(text, { nil: undefined }), text)

describe('floorOf()', () => {
  test('different namespaces, pools and names never share a key, and no prefix begins another’s', () => {
    fc.assert(
      fc.property(place, place, ([n1, p1, a], [n2, p2, b]) => {
        const [one, two] = [floorOf(n1, p1), floorOf(n2, p2)]
        const isSameFloor = n1 === n2 && p1 === p2
        expect(one.key(a) === two.key(b)).toBe(isSameFloor && a === b)
        expect(two.key(b).startsWith(one.prefix)).toBe(isSameFloor)
        expect(two.asideKey(b, 'u').startsWith(one.prefix)).toBe(false)
        expect(one.asideKey(a, 'u') === two.asideKey(b, 'u')).toBe(isSameFloor && a === b)
      }),
      { numRuns: 2000 },
    )
  })

  test('a name is told by its key, or the key is a hash; every key fits a column of 255', () => {
    fc.assert(
      fc.property(place, ([namespace, pool, name]) => {
        const floor = floorOf(namespace, pool)
        const key = floor.key(name)
        expect(floor.nameOf(key)).toBe(key.includes('%sha256-', floor.prefix.length) ? undefined : name)
        expect(floor.asideKey(name, '0'.repeat(12)).length).toBeLessThanOrEqual(255)
        expect(key.length).toBeLessThanOrEqual(255)
      }),
    )
  })

  test('a key that the store never writes has no name', () => {
    const floor = floorOf('a', undefined)
    for (const key of ['a:-:b:c', 'a:-:', 'a:-:%zz', 'a:-:%3a', 'a:b:c', 'b', floor.probe])
      expect(floor.nameOf(key)).toBeNull()
  })
})

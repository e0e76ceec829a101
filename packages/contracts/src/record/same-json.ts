/**
 * Whether two JSON values are equal, whatever the order of their keys. This is many times faster than comparing texts. Unlike
 * `isDeepStrictEqual` it ignores prototypes, since the objects that a store returns may have any.
 */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every((key) => Object.hasOwn(b, key) && sameJson(valueAt(a, key), valueAt(b, key)))
}

const valueAt = (of: object, key: string): unknown => (of as Record<string, unknown>)[key]

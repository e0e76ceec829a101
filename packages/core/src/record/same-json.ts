/**
 * Whether two JSON values say the same, in whatever order their keys are: many times as quick as comparing texts. Unlike
 * `isDeepStrictEqual` it does not ask for prototypes, which a store may give its objects as it likes.
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

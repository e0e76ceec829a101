/** Whether a value is an object as `{}` makes it: what a promise, a map or an instance of a class holds is not seen in its keys. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // One of another realm has that realm's prototype, which has none itself.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Whether options can be seen in a value: in a promise or a map they cannot, and each would silently be its default. */
export function holdsOptions(value: unknown): value is object {
  if (isPlainObject(value)) return true
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
}

/** What a value is that is no object of options, for a message. */
export function kindOf(value: unknown): string {
  if (typeof (value as { then?: unknown } | null | undefined)?.then === 'function') return 'a promise'
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : `a ${typeof value}`
  return Array.isArray(value) ? 'an array' : `an instance of ${value.constructor?.name || 'a class'}`
}

/** Whether a value is a plain object, such as `{}`. A promise, a map or an instance of a class is not one, since its content is not in its keys. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // An object of another realm has another `Object.prototype`, which has no prototype itself.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Whether the keys of a value can be read as options. A promise or a map has no keys, so that each option would silently be its default. */
export function holdsOptions(value: unknown): value is object {
  if (isPlainObject(value)) return true
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
}

/** Names the kind of a value that is no object of options, for a message. */
export function kindOf(value: unknown): string {
  if (typeof (value as { then?: unknown } | null | undefined)?.then === 'function') return 'a promise'
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : `a ${typeof value}`
  return Array.isArray(value) ? 'an array' : `an instance of ${value.constructor?.name || 'a class'}`
}

/** Freezes nested plain objects and arrays, so that a caller cannot change what is stored through a view. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  const prototype = Object.getPrototypeOf(value)
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return value
  for (const item of Object.values(value)) deepFreeze(item)
  return Object.freeze(value)
}

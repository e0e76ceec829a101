import { MAX_RECORD_BYTES, MAX_RECORD_DEPTH, MAX_RECORD_VALUES } from './limits.ts'

interface Place {
  readonly source: object
  readonly copy: Record<string, unknown> | unknown[]
  readonly depth: number
}

/**
 * Copies a value that somebody else gave as plain JSON, so that it is read once and cannot change afterwards: it may be a
 * proxy, or have getters. It works without recursion, so that no value overflows the stack. Properties with the value undefined
 * are left out.
 *
 * @throws A `TypeError` whose message completes "the value cannot be used: …" for a value that is not JSON, is nested deeper
 * than `MAX_RECORD_DEPTH` or contains itself, has more than `MAX_RECORD_VALUES` values, or is longer than `MAX_RECORD_BYTES`
 * characters; and whatever a getter throws.
 */
export function plainJson(raw: unknown): unknown {
  let left = MAX_RECORD_BYTES
  let values = 0
  const places: Place[] = []
  const spend = (length: number): void => {
    left -= length
    if (left < 0) throw new TypeError(`it is larger than ${MAX_RECORD_BYTES} characters of JSON`)
  }
  const take = (value: unknown, depth: number): unknown => {
    values += 1
    if (values > MAX_RECORD_VALUES) throw new TypeError(`it has more than ${MAX_RECORD_VALUES} values`)
    if (typeof value === 'string') spend(value.length + 2)
    else if (typeof value !== 'object' || value === null) assertPrimitive(value)
    else return open(value, depth)
    return value
  }
  const open = (source: object, depth: number): unknown => {
    if (depth > MAX_RECORD_DEPTH)
      throw new TypeError(`it is nested deeper than ${MAX_RECORD_DEPTH}, or contains itself`)
    // Counts no more characters than the JSON has, so that a value whose text is within the limit is not refused.
    spend(1)
    const copy = Array.isArray(source) ? [] : objectFor(source)
    places.push({ source, copy, depth })
    return copy
  }
  const result = take(raw, 1)
  for (let place = places.pop(); place; place = places.pop()) {
    const { source, copy, depth } = place
    if (Array.isArray(copy)) {
      const { length } = source as unknown[]
      for (let at = 0; at < length; at += 1) {
        spend(1)
        copy.push(take((source as unknown[])[at] ?? null, depth + 1))
      }
      continue
    }
    for (const key of Object.keys(source)) {
      const value = (source as Record<string, unknown>)[key]
      if (value === undefined) continue
      spend(key.length + 4)
      const taken = take(value, depth + 1)
      if (key === '__proto__') Object.defineProperty(copy, key, { value: taken, ...OWN })
      else copy[key] = taken
    }
  }
  return result
}

/** Assigning `__proto__` would change the prototype, so it is defined as an ordinary property. */
const OWN = { enumerable: true, writable: true, configurable: true } as const

function assertPrimitive(value: unknown): void {
  const isJson = value === null || typeof value === 'boolean' || Number.isFinite(value)
  if (!isJson) throw new TypeError(`it is not JSON: ${typeof value === 'number' ? value : `it has a ${typeof value}`}`)
}

/** The content of a date, a map or the like is not in its keys. */
function objectFor(source: object): Record<string, unknown> {
  const kind = Object.prototype.toString.call(source)
  if (kind !== '[object Object]') throw new TypeError(`it is not JSON: it has an ${kind.slice(1, -1)}`)
  return {}
}

import { isPlainObject, kindOf } from '../base/plain-object.ts'
import type { StandardSchema } from '../contracts/standard-schema.ts'
import { messageOf } from '../errors/code-of.ts'
import { PoolError } from '../errors/pool-error.ts'
import type { JsonObject, JsonValue } from '../record/session-metadata.ts'

/** The largest size of one session's attributes as JSON, in UTF-16 code units. */
const MAX_ATTRIBUTES_LENGTH = 256 * 1024
/** The deepest nesting of objects and arrays in one attribute. */
const MAX_DEPTH = 100

type CheckedAttributes =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string }

/** Checks that attributes are an object that passes the gateway's schema, and returns the value that the schema gives. */
export type AttributeCheck = (attributes: unknown) => CheckedAttributes

/** Makes the check from the pool's schema. Without a schema, every object passes. */
export function attributeCheck(schema: StandardSchema | undefined): AttributeCheck {
  return (attributes) => {
    if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) {
      return { ok: false, reason: 'attributes are not an object' }
    }
    if (!schema) return { ok: true, value: attributes }
    try {
      const result = schema['~standard'].validate(attributes)
      if (result instanceof Promise) {
        result.catch(() => undefined)
        return { ok: false, reason: 'their schema validates asynchronously; give a synchronous one' }
      }
      if (!result.issues) return { ok: true, value: result.value }
      return { ok: false, reason: result.issues.map(({ message }) => message).join('; ') }
    } catch (error) {
      return { ok: false, reason: `their schema failed: ${messageOf(error)}` }
    }
  }
}

/** Changes of attributes, by key; undefined removes the key. */
export type AttributePatch = Map<string, JsonValue | undefined>

/**
 * Copies `patch`, so that the caller cannot change it later. Keys with the value undefined stay, and mean removal.
 *
 * @throws `INVALID_ATTRIBUTES` with the key of a value that JSON would drop or change, because it would be lost at the next restart.
 */
export function toPatch(patch: unknown): AttributePatch {
  if (!isPlainObject(patch)) throw invalid(`they must be a plain object, and are ${kindOf(patch)}`)
  const entries = readEntries(patch)
  for (const [key, value] of entries) if (value !== undefined) assertJson(key, value)
  const text = JSON.stringify(Object.fromEntries(entries.filter(([, value]) => value !== undefined)))
  assertSize(text)
  const removed = entries.filter((entry): entry is [string, undefined] => entry[1] === undefined)
  return new Map([...Object.entries(JSON.parse(text) as JsonObject), ...removed])
}

/** Refuses attributes whose sum is too large, though each patch was small enough. @throws `INVALID_ATTRIBUTES` */
export function assertStorable(attributes: JsonObject | undefined): void {
  if (attributes) assertSize(JSON.stringify(attributes))
}

function assertSize(text: string): void {
  if (text.length <= MAX_ATTRIBUTES_LENGTH) return
  throw invalid(`all of them together are larger than ${MAX_ATTRIBUTES_LENGTH} characters of JSON`)
}

function readEntries(patch: object): Array<[string, unknown]> {
  try {
    return Object.entries(patch)
  } catch (cause) {
    throw invalid(`reading them fails (${messageOf(cause)})`, cause)
  }
}

interface Visit {
  readonly path: string
  readonly value: unknown
  readonly depth: number
}

/** Refuses a value that JSON would drop or change. It uses a list instead of recursion, so that deep nesting cannot exhaust the stack. */
function assertJson(key: string, attribute: unknown): void {
  const visits: Visit[] = [{ path: key, value: attribute, depth: 1 }]
  for (let visit = visits.pop(); visit; visit = visits.pop()) {
    const { path, value, depth } = visit
    if (value === null || typeof value === 'string' || typeof value === 'boolean') continue
    if (typeof value === 'number' && Number.isFinite(value)) continue
    const isList = Array.isArray(value)
    if (!isList && !isPlainObject(value)) throw invalid(`${path} is ${kindOf(value)}, which JSON cannot represent`)
    if (depth > MAX_DEPTH) throw invalid(`${key} is nested deeper than ${MAX_DEPTH}, or contains itself`)
    if (typeof (value as { toJSON?: unknown }).toJSON === 'function')
      throw invalid(`${path} has a toJSON method, so that JSON would store something else`)
    const items = isList ? [...value.entries()] : readEntries(value)
    for (const [name, item] of items) {
      const at = isList ? `${path}[${name}]` : `${path}.${name}`
      visits.push({ path: at, value: item, depth: depth + 1 })
    }
  }
}

/** The error for attributes that cannot be stored. */
export function invalid(reason: string, cause?: unknown): PoolError {
  return new PoolError(
    'INVALID_ATTRIBUTES',
    `These attributes cannot be stored: ${reason}.`,
    cause === undefined ? {} : { cause },
  )
}

import type { StandardSchema } from '../contracts/standard-schema.ts'
import { messageOf } from '../errors/code-of.ts'
import type { CodedErrorOptions } from '../errors/coded-error.ts'
import { PoolError } from '../errors/pool-error.ts'
import { jsonShape } from '../record/json-depth.ts'
import { MAX_ATTRIBUTE_VALUES } from '../record/limits.ts'
import type { JsonObject, JsonValue } from '../record/session-metadata.ts'
import { faultsOf } from './check-options.ts'
import { isPlainObject, kindOf } from './plain-object.ts'

/** The size of JSON: its length in characters, and how many values it has. */
interface Size {
  readonly length: number
  readonly values: number
}

/** The sizes of the attributes of a session, by key. */
export interface AttributeSizes {
  readonly byKey: Map<string, Size>
  total: Size
}

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
      return { ok: false, reason: faultsOf(result.issues) }
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
 * @throws `INVALID_ATTRIBUTES` with the path of a value that JSON would drop or change, because it would be lost at the next restart.
 */
export function toPatch(patch: unknown): AttributePatch {
  try {
    if (!isPlainObject(patch)) throw invalidAttributes(`they must be a plain object, and are ${kindOf(patch)}`)
    const entries = Object.entries(patch)
    const set = entries.filter(([, value]) => value !== undefined)
    assertJson(patch, set)
    // Value by value, since to make one large object of all of them, and to read it again, would take several times as long.
    assertTotal(set.map(([key, value]) => sizeOf(key, value)).reduce(plus, { length: 0, values: 1 }))
    const removed = entries.filter((entry): entry is [string, undefined] => entry[1] === undefined)
    return new Map([...set.map(([key, value]) => [key, jsonCopy(value)] as const), ...removed])
  } catch (error) {
    if (error instanceof PoolError) throw error
    // A getter or a proxy may throw whatever it likes.
    throw invalidAttributes(`reading them fails (${messageOf(error)})`, { cause: error })
  }
}

/**
 * Returns the sizes after a patch. Measures only the patch, since attributes may be large and change often.
 *
 * @param before - The sizes before it; undefined to measure `attributes`, which have the patch already.
 * @throws `INVALID_ATTRIBUTES` if all together are too large, though each patch was small enough.
 */
export function measureAttributes(
  before: AttributeSizes | undefined,
  attributes: () => JsonObject | undefined,
  patch: AttributePatch,
): AttributeSizes {
  if (!before) {
    const byKey = new Map(Object.entries(attributes() ?? {}).map(([key, value]) => [key, sizeOf(key, value)]))
    const total = [...byKey.values()].reduce(plus, NOTHING)
    assertTotal(total)
    return { byKey, total }
  }
  const sizes = [...patch].map(([key, value]) => [key, value === undefined ? NOTHING : sizeOf(key, value)] as const)
  const total = sizes.reduce((sum, [key, size]) => minus(plus(sum, size), before.byKey.get(key)), before.total)
  assertTotal(total)
  for (const [key, size] of sizes) {
    if (size === NOTHING) before.byKey.delete(key)
    else before.byKey.set(key, size)
  }
  before.total = total
  return before
}

const NOTHING: Size = { length: 0, values: 0 }
const plus = (a: Size, b: Size): Size => ({ length: a.length + b.length, values: a.values + b.values })
const minus = (a: Size, b = NOTHING): Size => ({ length: a.length - b.length, values: a.values - b.values })

/** A copy of a value, as JSON would give it back. */
function jsonCopy(value: unknown): JsonValue {
  return typeof value === 'string' ? value : (JSON.parse(JSON.stringify(value)) as JsonValue)
}

/** The size of one attribute as a part of the JSON of all: key, colon, value and comma. `assertTotal()` adds 1: two braces, less the comma that the last attribute does not have. */
function sizeOf(key: string, value: unknown): Size {
  const text = JSON.stringify(value) ?? ''
  return { length: JSON.stringify(key).length + text.length + 2, values: jsonShape(text).values }
}

function assertTotal({ length, values }: Size): void {
  assertSize(length + 1)
  if (values > MAX_ATTRIBUTE_VALUES)
    throw invalidAttributes(`all of them together have more than ${MAX_ATTRIBUTE_VALUES} values`)
}

function assertSize(length: number): void {
  if (length <= MAX_ATTRIBUTES_LENGTH) return
  throw invalidAttributes(`all of them together are larger than ${MAX_ATTRIBUTES_LENGTH} characters of JSON`)
}

interface Visit {
  readonly path: string
  readonly value: unknown
  readonly depth: number
}

/** Refuses a value that JSON would drop or change. It uses a list instead of recursion, so that deep nesting cannot exhaust the stack. */
function assertJson(patch: object, entries: ReadonlyArray<[string, unknown]>): void {
  assertNoSymbols('the patch', patch)
  const visits: Visit[] = entries.map(([path, value]) => ({ path, value, depth: 1 }))
  // An object may contain the same object many times, so the loop ends once the JSON would be too large.
  let length = 0
  for (let visit = visits.pop(); visit; visit = visits.pop()) {
    const { path, value, depth } = visit
    length += typeof value === 'string' ? value.length : 1
    assertSize(length)
    if (value === null || typeof value === 'string' || typeof value === 'boolean') continue
    if (typeof value === 'number' && Number.isFinite(value)) continue
    const isList = Array.isArray(value)
    if (!isList && !isPlainObject(value)) throw invalidAt(path, `is ${kindOfValue(value)}, which JSON cannot represent`)
    if (depth > MAX_DEPTH) throw invalidAt(path, `is nested deeper than ${MAX_DEPTH}, or contains itself`)
    if (typeof (value as { toJSON?: unknown }).toJSON === 'function')
      throw invalidAt(path, 'has a toJSON method, so that JSON would store something else')
    assertNoSymbols(path, value)
    if (isList) assertSize(value.length)
    const items = isList ? [...value.entries()] : Object.entries(value)
    if (isList && Object.keys(value).length > items.length)
      throw invalidAt(path, 'is an array with further properties, which JSON cannot represent')
    for (const [name, item] of items)
      visits.push({ path: isList ? `${path}[${name}]` : `${path}.${name}`, value: item, depth: depth + 1 })
  }
}

function assertNoSymbols(path: string, value: object): void {
  if (Object.getOwnPropertySymbols(value).length > 0)
    throw invalidAt(path, 'has a symbol as a key, which JSON cannot represent')
}

function kindOfValue(value: unknown): string {
  return typeof value === 'number' || value === undefined ? String(value) : kindOf(value)
}

/** The longest path in a message, characters. A key can be of any length. */
const MAX_SHOWN_PATH = 200

function invalidAt(path: string, fault: string): PoolError {
  const shown = path.length > MAX_SHOWN_PATH ? `${path.slice(0, MAX_SHOWN_PATH)}…` : path
  return invalidAttributes(`${shown} ${fault}`, { context: { path: shown } })
}

/** The error for attributes that cannot be stored. */
export function invalidAttributes(reason: string, options: CodedErrorOptions = {}): PoolError {
  return new PoolError('INVALID_ATTRIBUTES', `These attributes cannot be stored: ${reason}.`, options)
}

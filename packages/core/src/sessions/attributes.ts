import { jsonDepth } from '../base/text.ts'
import type { StandardSchema } from '../contracts/standard-schema.ts'
import { messageOf } from '../errors/code-of.ts'
import { PoolError } from '../errors/pool-error.ts'
import type { JsonObject, JsonValue } from '../record/session-metadata.ts'

/** The most that one session's attributes may take as JSON, in UTF-16 code units. */
const MAX_ATTRIBUTES_LENGTH = 256 * 1024
/** The deepest nesting of objects and arrays in them. */
const MAX_DEPTH = 100

type CheckedAttributes =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string }

/** Tells whether attributes are a JSON object that passes the gateway's schema, and what the schema makes of them. */
export type AttributeCheck = (attributes: unknown) => CheckedAttributes

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

/** Attributes to be set, by key; undefined removes one. */
export type AttributePatch = Map<string, JsonValue | undefined>

/** A copy of `patch` as JSON sees it; keys set to undefined stay, and mean removal. Throws `INVALID_ATTRIBUTES`. */
export function toPatch(patch: unknown): AttributePatch {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) throw invalid('they are not an object')
  const removed = Object.entries(patch).filter(([, value]) => value === undefined)
  let text: string
  try {
    text = JSON.stringify(patch)
  } catch (cause) {
    throw invalid(`they cannot be written as JSON (${messageOf(cause)})`, cause)
  }
  if (text === undefined) throw invalid('they cannot be written as JSON')
  if (text.length > MAX_ATTRIBUTES_LENGTH)
    throw invalid(`they are larger than ${MAX_ATTRIBUTES_LENGTH} characters of JSON`)
  if (jsonDepth(text) > MAX_DEPTH) throw invalid(`they are nested deeper than ${MAX_DEPTH}`)
  return new Map([...Object.entries(JSON.parse(text) as JsonObject), ...(removed as Array<[string, undefined]>)])
}

export function invalid(reason: string, cause?: unknown): PoolError {
  return new PoolError(
    'INVALID_ATTRIBUTES',
    `These attributes cannot be kept: ${reason}.`,
    cause === undefined ? {} : { cause },
  )
}

import { StoreError } from '@sessionkeep/core'
import { unreadableRecord } from './errors.ts'

/** A record as JSON without indentation. Throws `STORE_RECORD_INVALID` for a value that JSON cannot express. */
export function recordText(name: string, record: unknown): string {
  let text: unknown
  try {
    text = JSON.stringify(record)
  } catch (cause) {
    throw invalidRecord(name, `it is not JSON (${cause instanceof Error ? cause.message : String(cause)})`, cause)
  }
  if (typeof text !== 'string') throw invalidRecord(name, 'it is not JSON')
  return text
}

/** The record that a stored text holds. Throws `STORE_RECORD_UNREADABLE` for a text that is not JSON. */
export function recordFrom(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unreadableRecord(name, 'it is not JSON', cause)
  }
}

/** The error `STORE_RECORD_INVALID` of a name. `why` completes the sentence: `it is too large`. */
export function invalidRecord(name: string, why: string, cause?: unknown): StoreError {
  const message = `The record for ${JSON.stringify(name)} cannot be stored: ${why}.`
  return new StoreError('STORE_RECORD_INVALID', message, { cause, context: { name } })
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENING: ReadonlySet<number> = new Set([0x7b, 0x5b])
const CLOSING: ReadonlySet<number> = new Set([0x7d, 0x5d])

/**
 * How deep objects and arrays of a JSON text are nested. It works without recursion, so that a text that would
 * overflow the stack can be refused before it is parsed. A text that is not JSON gives some number.
 */
export function jsonDepth(text: string): number {
  let deepest = 0
  let depth = 0
  let isQuoted = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at)
    if (isQuoted) {
      if (character === BACKSLASH) at += 1
      else if (character === QUOTE) isQuoted = false
    } else if (character === QUOTE) isQuoted = true
    else if (OPENING.has(character)) {
      depth += 1
      if (depth > deepest) deepest = depth
    } else if (CLOSING.has(character)) depth -= 1
  }
  return deepest
}

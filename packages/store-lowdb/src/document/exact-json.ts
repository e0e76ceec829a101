import { randomUUID } from 'node:crypto'
import { jsonDepth, MAX_RECORD_BYTES, MAX_RECORD_DEPTH } from '@sessionkeep/contracts'

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const INTEGER = /^-?[1-9]\d{15,}$/
/** Above this size, in characters, nobody reads a record by eye, and it is written without indentation. */
const MAX_READABLE = 64 * 1024
/** No text above this size, in characters, is a record: indentation alone does not make a record so much larger. */
export const MAX_RECORD_TEXT = 2 * MAX_RECORD_BYTES

/** Parsed JSON whose integers are exact in what {@link ExactJson.text} returns. */
export interface ExactJson {
  readonly value: unknown
  /** Returns a part of the value as JSON; indented, unless it is large. */
  text(part: unknown): string
}

/**
 * Parses JSON that is to be written again. A number would round a large integer, so `value` has a text in its place, and
 * `text()` makes the integer of it again.
 *
 * @throws `SyntaxError`
 */
export function parseExactly(json: string): ExactJson {
  if (!/[1-9]\d{15}/.test(json)) return { value: JSON.parse(json), text: textOf }
  const mark = randomUUID()
  const isRounded = (token: string) => INTEGER.test(token) && !Number.isSafeInteger(Number(token))
  const marked = json.replace(TOKEN, (token) => (isRounded(token) ? `"${mark}${token}"` : token))
  const back = new RegExp(`"${mark}(-?\\d+)"`, 'g')
  return { value: JSON.parse(marked), text: (part) => textOf(part).replace(back, '$1') }
}

/**
 * Returns a JSON text as it is written into the document. A text that is too large or too deep for a record only loses its
 * indentation: making it again would block the event loop, or overflow the stack.
 *
 * @throws `SyntaxError`
 */
export function laidOut(json: string): string {
  if (json.length > MAX_RECORD_TEXT) return inOneLine(json)
  if (jsonDepth(json) > MAX_RECORD_DEPTH) {
    JSON.parse(json)
    return inOneLine(json)
  }
  const { value, text } = parseExactly(json)
  return text(value)
}

/** Returns a value as JSON; indented, unless it is large. */
export function textOf(value: unknown): string {
  const compact = JSON.stringify(value)
  return compact.length > MAX_READABLE ? compact : JSON.stringify(value, null, 2)
}

/** Returns a JSON text without indentation. The texts in it have no line breaks of their own: they are escaped. */
export const inOneLine = (json: string): string => json.replaceAll(/\r?\n\s*/g, '')

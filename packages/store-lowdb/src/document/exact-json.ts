import { randomUUID } from 'node:crypto'
import { MAX_RECORD_BYTES, recordTextFault } from '@sessionkeep/contracts'
import { inOneLine } from './in-one-line.ts'

/** A text or a number. A text without an end, as in a torn document, goes to the end; without that, the time would grow with the square of the length. */
const TOKEN = /"(?:[^"\\]|\\.)*"?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const INTEGER = /^-?[1-9]\d{15,}$/
/** Above this size, in characters, nobody reads a record by eye, and it is written without indentation. */
const MAX_READABLE = 64 * 1024
/**
 * What a part of a document may have besides its record. Indentation does not make a record larger than twice its limit,
 * and what is set aside has its name and time beside it.
 */
export const AROUND = { bytes: MAX_RECORD_BYTES, depth: 1, values: 4 }

/** A part of a document as JSON: a text or, beyond the limits of a record, the bytes. */
export type Json = string | Buffer

/** Parsed JSON whose integers are exact in what {@link ExactJson.text} returns. */
export interface ExactJson {
  readonly value: unknown
  /** Returns a part of the value as JSON; indented, unless it is large or `made` makes it otherwise. */
  text(part: unknown, made?: (part: unknown) => string): string
}

/**
 * Parses JSON that is to be written again. A number would round a large integer, so `value` has a text in its place, and
 * `text()` makes the integer of it again.
 *
 * @throws `SyntaxError`
 */
export function parseExactly(json: string): ExactJson {
  if (!/[1-9]\d{15}/.test(json)) return { value: JSON.parse(json), text: (part, made = textOf) => made(part) }
  const mark = randomUUID()
  const isRounded = (token: string) => INTEGER.test(token) && !Number.isSafeInteger(Number(token))
  const marked = json.replace(TOKEN, (token) => (isRounded(token) ? `"${mark}${token}"` : token))
  const back = new RegExp(`"${mark}(-?\\d+)"`, 'g')
  return { value: JSON.parse(marked), text: (part, made = textOf) => made(part).replace(back, '$1') }
}

/**
 * Returns a part of a document as it is kept and written again. What is beyond the limits of a record is not parsed, because
 * that would block the event loop or overflow the stack: its bytes are kept.
 *
 * @throws `SyntaxError`
 */
export async function storedJson(bytes: Buffer): Promise<Json> {
  if (bytes.length > 2 * MAX_RECORD_BYTES) return await inOneLine(bytes)
  const json = bytes.toString()
  if (recordTextFault(json, AROUND)) return await inOneLine(bytes)
  const { value, text } = parseExactly(json)
  return text(value)
}

/** Returns a value as JSON; indented, unless it is large. */
export function textOf(value: unknown): string {
  const compact = JSON.stringify(value)
  return compact.length > MAX_READABLE ? compact : JSON.stringify(value, null, 2)
}

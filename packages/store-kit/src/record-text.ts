import { jsonDepth, MAX_RECORD_BYTES, MAX_RECORD_DEPTH, messageOf, StoreError } from '@sessionkeep/contracts'
import { unreadableRecord } from './errors.ts'

/**
 * Returns a record as JSON without indentation.
 *
 * @throws `STORE_RECORD_INVALID` for a value that JSON cannot express, or that {@link faultOfText} refuses, since it could not be
 * read again
 *
 * @example
 * await client.set(key, recordText(name, record))
 */
export function recordText(name: string, record: unknown): string {
  let text: unknown
  try {
    text = JSON.stringify(record)
  } catch (cause) {
    throw invalidRecord(name, `it is not JSON (${messageOf(cause)})`, cause)
  }
  if (typeof text !== 'string') throw invalidRecord(name, 'it is not JSON')
  const fault = faultOfText(text)
  if (fault !== undefined) throw invalidRecord(name, fault)
  return text
}

/**
 * Parses a stored text.
 *
 * @throws `STORE_RECORD_UNREADABLE` for a text that is not JSON, or that {@link faultOfText} refuses
 *
 * @example
 * const record = recordFrom(name, await client.get(key))
 */
export function recordFrom(name: string, text: string): unknown {
  const fault = faultOfText(text)
  if (fault !== undefined) throw unreadableRecord(name, fault)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unreadableRecord(name, 'it is not JSON', cause)
  }
}

/**
 * Says why a text is too large or too deep for a record; undefined when it is not. It is asked before the text is parsed, because
 * parsing such a text could block the process. `around` is what the text may have besides the record: `levels` of nesting, and `bytes`.
 *
 * @example
 * const fault = faultOfText(text)
 * if (fault !== undefined) throw unreadableRecord(name, fault)
 */
export function faultOfText(text: string, { levels = 0, bytes = 0 } = {}): string | undefined {
  if (Buffer.byteLength(text) > MAX_RECORD_BYTES + bytes) return `it is larger than ${MAX_RECORD_BYTES} bytes`
  return jsonDepth(text) > MAX_RECORD_DEPTH + levels ? `it is nested deeper than ${MAX_RECORD_DEPTH}` : undefined
}

/**
 * Makes the error `STORE_RECORD_INVALID` of a name. `why` completes the sentence, as in `it is too large`.
 *
 * @example
 * throw invalidRecord(name, 'it is too large')
 */
export function invalidRecord(name: string, why: string, cause?: unknown): StoreError {
  const message = `The record for ${JSON.stringify(name)} cannot be stored: ${why}.`
  return new StoreError('STORE_RECORD_INVALID', message, { cause, context: { name } })
}

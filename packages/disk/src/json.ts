import { jsonDepth, MAX_RECORD_BYTES, MAX_RECORD_DEPTH } from '@sessionkeep/contracts'
import { invalidRecord, recordText } from '@sessionkeep/store-kit'

export { MAX_RECORD_BYTES, MAX_RECORD_DEPTH }

/**
 * Whether the value is an object and not an array.
 *
 * @example
 * if (!isObject(value)) throw unreadableRecord(name, 'it is JSON but not an object')
 */
export function isObject(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Returns the JSON of an object, without indentation.
 *
 * @throws `STORE_RECORD_INVALID` for `name` when the value is not an object that JSON can express
 *
 * @example
 * const text = objectText(name, record) // '{"totalRequests":3}'
 */
export function objectText(name: string, value: unknown): string {
  if (!isObject(value)) throw invalidRecord(name, 'it is not an object')
  const text = recordText(name, value)
  if (!text.startsWith('{')) throw invalidRecord(name, 'its toJSON() does not return an object')
  return text
}

/**
 * Checks that a record is not too large or too deep.
 *
 * @throws `STORE_RECORD_INVALID` for `name`
 *
 * @example
 * assertRecordFits(name, text, Buffer.byteLength(text))
 */
export function assertRecordFits(name: string, text: string, bytes: number): void {
  if (bytes > MAX_RECORD_BYTES) {
    throw invalidRecord(name, `its JSON has ${bytes} bytes; the limit is ${MAX_RECORD_BYTES}`)
  }
  if (jsonDepth(text) > MAX_RECORD_DEPTH) throw invalidRecord(name, `it is nested deeper than ${MAX_RECORD_DEPTH}`)
}

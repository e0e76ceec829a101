import { jsonDepth } from '@sessionkeep/core/store'
import { invalidRecord, recordText } from '@sessionkeep/store-kit'

/** The largest record, in bytes of its JSON. */
export const MAX_RECORD_BYTES = 4 * 1024 * 1024
/** The deepest nesting of objects and arrays in one. */
export const MAX_RECORD_DEPTH = 500

export function isObject(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The JSON of an object, without indentation. Throws `STORE_RECORD_INVALID` for `name` when there is none. */
export function objectText(name: string, value: unknown): string {
  if (!isObject(value)) throw invalidRecord(name, 'it is not an object')
  const text = recordText(name, value)
  if (!text.startsWith('{')) throw invalidRecord(name, 'its toJSON() gives no object')
  return text
}

/** Throws `STORE_RECORD_INVALID` for `name` when this JSON is larger or deeper than a record may be. */
export function assertRecordFits(name: string, text: string, bytes: number): void {
  if (bytes > MAX_RECORD_BYTES) {
    throw invalidRecord(name, `its JSON has ${bytes} bytes, and ${MAX_RECORD_BYTES} are the limit`)
  }
  if (jsonDepth(text) > MAX_RECORD_DEPTH) throw invalidRecord(name, `it is nested deeper than ${MAX_RECORD_DEPTH}`)
}

import { StoreError } from '@sessionkeep/core'
import { jsonDepth } from './json-depth.ts'

/** The largest record, as bytes of its file. */
export const MAX_BYTES = 4 * 1024 * 1024
/** Above this a record is no longer something that a person reads, and is written without indentation. */
const MAX_READABLE = 64 * 1024
/** The deepest nesting of objects and arrays in one. */
const MAX_DEPTH = 500

/** What stands in a file: the record itself, or, where the file name is a hash, the name beside it. */
export function recordBytes(name: string, record: unknown, hashed: boolean): Buffer {
  const text = toText(name, record, hashed)
  const bytes = Buffer.from(`${text}\n`)
  if (bytes.length > MAX_BYTES)
    throw invalid(name, `its JSON has ${bytes.length} bytes, and ${MAX_BYTES} are the limit`)
  if (jsonDepth(text) > MAX_DEPTH) throw invalid(name, `it is nested deeper than ${MAX_DEPTH}`)
  return bytes
}

/** The way back; throws a plain `Error` that says what is wrong with the text. */
export function recordOf(text: string): { [key: string]: unknown } {
  if (text.trim() === '') throw new Error('the file is empty')
  if (jsonDepth(text) > MAX_DEPTH) throw new Error(`it is nested deeper than ${MAX_DEPTH}`)
  const value: unknown = parse(text)
  if (!isObject(value)) throw new Error('it is JSON, and not an object')
  return value
}

export function isObject(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function toText(name: string, record: unknown, hashed: boolean): string {
  if (!isObject(record)) throw invalid(name, 'it is not an object')
  try {
    const value = hashed ? { name, record } : record
    const text: unknown = JSON.stringify(value)
    if (typeof text === 'string' && text.startsWith('{'))
      return text.length > MAX_READABLE ? text : JSON.stringify(value, null, 2)
  } catch (error) {
    throw invalid(name, error instanceof Error ? error.message : String(error), error)
  }
  throw invalid(name, 'its toJSON() gives no object')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error('it is not JSON', { cause: error })
  }
}

function invalid(name: string, why: string, cause?: unknown): StoreError {
  return new StoreError('STORE_RECORD_INVALID', `The record ${JSON.stringify(name)} cannot be stored: ${why}.`, {
    ...(cause === undefined ? {} : { cause }),
    context: { name },
  })
}

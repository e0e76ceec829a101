import { MAX_RECORD_BYTES, recordTextFault } from '@sessionkeep/contracts'
import { isObject, objectText } from '@sessionkeep/disk'

// A file may be indented, and a file with a hashed name has the record and its name in an object.
const AROUND = { bytes: MAX_RECORD_BYTES, depth: 1, values: 2 }
/** A record with more characters than this is not read by eye, and is written without indentation. */
const MAX_READABLE = 64 * 1024

/**
 * Returns the content of a file: the record itself or, when the file name is a hash, an object with name and record.
 *
 * @throws `STORE_RECORD_INVALID`
 */
export function recordBytes(name: string, record: unknown, hashed: boolean): Buffer {
  const value = hashed ? { name, record } : record
  const compact = hashed ? hashedText(name, record) : objectText(name, record)
  const text = compact.length > MAX_READABLE ? compact : JSON.stringify(value, null, 2)
  return Buffer.from(`${text}\n`)
}

/**
 * Parses the text of a file.
 *
 * @throws `Error` that states what is wrong with the text
 */
export function recordOf(text: string): { [key: string]: unknown } {
  if (text.trim() === '') throw new Error('the file is empty')
  const fault = recordTextFault(text, AROUND)
  if (fault) throw new Error(fault)
  const value: unknown = parse(text)
  if (!isObject(value)) throw new Error('it is JSON but not an object')
  return value
}

function hashedText(name: string, record: unknown): string {
  return `{"name":${JSON.stringify(name)},"record":${objectText(name, record)}}`
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error('it is not JSON', { cause: error })
  }
}

import { invalidRecord, recordText } from '@sessionkeep/store-kit'

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

import { messageOf, recordTextFault, StoreError } from '@sessionkeep/contracts'
import { unreadableRecord } from './errors.ts'

/**
 * Returns a record as JSON without indentation.
 *
 * @throws `STORE_RECORD_INVALID` for a value that JSON cannot express, that is too large, or nested too deep
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
  const fault = recordTextFault(text)
  if (fault) throw invalidRecord(name, fault)
  return text
}

/**
 * Parses a stored text.
 *
 * @throws `STORE_RECORD_UNREADABLE` for a text that is not JSON, that is too large, or nested too deep
 *
 * @example
 * const record = recordFrom(name, await client.get(key))
 */
export function recordFrom(name: string, text: string): unknown {
  const fault = recordTextFault(text)
  if (fault) throw unreadableRecord(name, fault)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unreadableRecord(name, 'it is not JSON', cause)
  }
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

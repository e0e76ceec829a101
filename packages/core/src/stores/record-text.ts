import { StoreError } from '../errors/store-error.ts'

/** A record as JSON. Throws `STORE_RECORD_INVALID` where it is none. */
export function textOfRecord(name: string, record: unknown): string {
  try {
    const text = JSON.stringify(record)
    if (text !== undefined) return text
  } catch (cause) {
    throw invalid(name, cause)
  }
  throw invalid(name)
}

/** What a stored text says; undefined where nothing is stored. Throws `STORE_RECORD_UNREADABLE` for anything but JSON. */
export function recordFrom(name: string, text: string | null | undefined): unknown {
  if (text === undefined || text === null) return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    const message = `What is stored for ${JSON.stringify(name)} is not JSON.`
    throw new StoreError('STORE_RECORD_UNREADABLE', message, { cause, context: { name } })
  }
}

function invalid(name: string, cause?: unknown): StoreError {
  const message = `The record for ${JSON.stringify(name)} cannot be stored: it is not JSON.`
  return new StoreError('STORE_RECORD_INVALID', message, { cause, context: { name } })
}

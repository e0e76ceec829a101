import { StoreError } from '@sessionkeep/core'

export function textOfRecord(record: unknown): string {
  try {
    const text = JSON.stringify(record)
    if (text !== undefined) return text
  } catch (cause) {
    throw new StoreError('STORE_RECORD_INVALID', 'A record cannot be written as JSON.', { cause })
  }
  throw new StoreError('STORE_RECORD_INVALID', 'A record is to be JSON.')
}

export function recordFrom(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch (cause) {
    throw new StoreError('STORE_RECORD_UNREADABLE', 'What is stored under this name is not JSON.', { cause })
  }
}

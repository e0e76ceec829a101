import { jsonDepth, messageOf } from '@sessionkeep/core/store'
import { invalidRecord, recordText, unreadableRecord } from '@sessionkeep/store-kit'

// A session without the option shows the global one of that name: the incarnation inside tells whose it is.
const INCARNATION_FORMAT = '#{pid}.#{start_time}.#{session_id}'
const HEAD = /^1:(\d+\.\d+\.\$\d+):([A-Za-z0-9-]+):/
/** A head is shorter. */
export const HEAD_LENGTH = 96
/** The most that is ever written or read as one record, bytes of JSON. */
export const MOST_BYTES = 1024 * 1024
const DEEPEST = 1000

/** What is stored under the option, as a format: `1:INCARNATION:MARK:BASE64`. Throws `STORE_RECORD_INVALID`. */
export function valueFormat(name: string, record: unknown, mark: string, maxBytes: number): string {
  // The name is stored beside the record, to tell later that the session was renamed.
  const text = `[${JSON.stringify(name)},${recordText(name, record)}]`
  const bytes = Buffer.byteLength(text)
  if (bytes > maxBytes) {
    throw invalidRecord(name, `it has ${bytes} bytes of JSON, and at most ${maxBytes} are kept in a session (maxBytes)`)
  }
  return `1:${INCARNATION_FORMAT}:${mark}:${Buffer.from(text).toString('base64')}`
}

export interface Head {
  readonly incarnation: string
  readonly mark: string
}

/** Undefined for what is no value of ours. */
export function headOf(value: string): Head | undefined {
  const [, incarnation, mark] = HEAD.exec(value) ?? []
  return incarnation === undefined || mark === undefined ? undefined : { incarnation, mark }
}

/**
 * The record of a session that is called `sessionName` now. A session that was renamed carries its record along, so it is
 * given under the present name. Throws `STORE_RECORD_UNREADABLE`.
 */
export function parseValue(value: string, sessionName: string): unknown {
  let fault = 'it has another format'
  try {
    const encoded = value.replace(HEAD, '')
    if (encoded !== value) {
      const text = Buffer.from(encoded, 'base64').toString()
      if (text.length > MOST_BYTES || jsonDepth(text) > DEEPEST)
        throw new TypeError('it is too large, or nested too deep')
      const [name, record]: unknown[] = JSON.parse(text)
      if (record !== undefined) return underName(record, name, sessionName)
    }
  } catch (error) {
    fault = messageOf(error)
  }
  throw unreadableRecord(sessionName, fault)
}

function underName(record: unknown, name: unknown, sessionName: string): unknown {
  if (name === sessionName || typeof record !== 'object' || record === null) return record
  if (!('sessionName' in record) || record.sessionName !== name) return record
  return { ...record, sessionName }
}

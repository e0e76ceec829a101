import { MAX_RECORD_BYTES, messageOf, recordTextFault } from '@sessionkeep/contracts'
import { invalidRecord, recordText, unreadableRecord } from '@sessionkeep/store-kit'

// For a session without the option, tmux shows the global option of that name. The incarnation inside the value shows
// whether it is the session's own.
const INCARNATION_FORMAT = '#{pid}.#{start_time}.#{session_id}'
const HEAD = /^1:(\d+\.\d+\.\$\d+):([A-Za-z0-9-]+):/
/** The number of characters to read for the head of a value; every head is shorter. */
export const HEAD_LENGTH = 96
/** The largest value that is ever written or read, in bytes of JSON. */
export const MOST_BYTES = 1024 * 1024
// The value is a list of the name and the record.
const AROUND = { bytes: MOST_BYTES - MAX_RECORD_BYTES, depth: 1, values: 2 }

/**
 * Returns the value of the option as a format: `1:INCARNATION:MARK:BASE64`.
 *
 * @throws `STORE_RECORD_INVALID`
 */
export function valueFormat(name: string, record: unknown, mark: string, maxBytes: number): string {
  // The name is stored too, so that a later reader can see that the session was renamed.
  const text = `[${JSON.stringify(name)},${recordText(name, record)}]`
  const bytes = Buffer.byteLength(text)
  if (bytes > maxBytes) {
    throw invalidRecord(name, `it has ${bytes} bytes of JSON; a session holds at most ${maxBytes} (maxBytes)`)
  }
  return `1:${INCARNATION_FORMAT}:${mark}:${Buffer.from(text).toString('base64')}`
}

/** The beginning of a stored value. */
export interface Head {
  readonly incarnation: string
  readonly mark: string
}

/** Undefined when this store did not write the value. */
export function headOf(value: string): Head | undefined {
  const [, incarnation, mark] = HEAD.exec(value) ?? []
  return incarnation === undefined || mark === undefined ? undefined : { incarnation, mark }
}

/**
 * Parses the record of a session whose present name is `sessionName`. A renamed session keeps its record, so the
 * record is returned under the present name.
 *
 * @throws `STORE_RECORD_UNREADABLE`
 */
export function parseValue(value: string, sessionName: string): unknown {
  let fault = 'it has another format'
  try {
    const encoded = value.replace(HEAD, '')
    if (encoded !== value) {
      const text = Buffer.from(encoded, 'base64').toString()
      const tooMuch = recordTextFault(text, AROUND)
      if (tooMuch) throw new TypeError(tooMuch)
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

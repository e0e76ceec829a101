import { jsonShape } from './json-depth.ts'
import { MAX_RECORD_BYTES, MAX_RECORD_DEPTH, MAX_RECORD_VALUES } from './limits.ts'

const TOO_LARGE = `it is larger than ${MAX_RECORD_BYTES} bytes`
const TOO_MANY = `it has more than ${MAX_RECORD_VALUES} values`
const TOO_DEEP = `it is nested deeper than ${MAX_RECORD_DEPTH}`

/** What a text has besides the record in it: indentation, or an object around it. */
export interface AroundRecord {
  /** In bytes. */
  readonly bytes: number
  /** How much deeper the text is nested than the record. */
  readonly depth: number
  /** How many more values it has. */
  readonly values: number
}

const NOTHING: AroundRecord = { bytes: 0, depth: 0, values: 0 }

/**
 * Returns why a JSON text may not be a record, or undefined. Call it before `JSON.parse()`, which would take a large or deep
 * text and block the process, and before a text is stored, so that it can be read again.
 *
 * @param around the most that the text may have besides the record. Default: nothing
 *
 * @example
 * const fault = recordTextFault(text)
 * if (fault) throw unreadableRecord(name, fault)
 */
export function recordTextFault(text: string, around: AroundRecord = NOTHING): string | undefined {
  const most = MAX_RECORD_BYTES + around.bytes
  // Each UTF-16 code unit has at least one byte, so that a long text need not be counted.
  if (text.length > most || Buffer.byteLength(text) > most) return TOO_LARGE
  const { depth, values } = jsonShape(text)
  if (depth > MAX_RECORD_DEPTH + around.depth) return TOO_DEEP
  return values > MAX_RECORD_VALUES + around.values ? TOO_MANY : undefined
}

import { jsonShape } from './json-depth.ts'
import { MAX_RECORD_BYTES, MAX_RECORD_DEPTH, MAX_RECORD_VALUES } from './limits.ts'

const TOO_LARGE = `it is larger than ${MAX_RECORD_BYTES} bytes`
const TOO_MANY = `it has more than ${MAX_RECORD_VALUES} values`
const TOO_DEEP = `it is nested deeper than ${MAX_RECORD_DEPTH}`

/**
 * Returns why a JSON text may not be a record, or undefined. Call it before `JSON.parse()`, which would take a large or deep
 * text and block the process, and before a text is stored, so that it can be read again.
 *
 * @example
 * const fault = recordTextFault(text)
 * if (fault) throw unreadableRecord(name, fault)
 */
export function recordTextFault(text: string): string | undefined {
  // Each UTF-16 code unit has at least one byte, so that a long text need not be counted.
  if (text.length > MAX_RECORD_BYTES || Buffer.byteLength(text) > MAX_RECORD_BYTES) return TOO_LARGE
  const { depth, values } = jsonShape(text)
  if (depth > MAX_RECORD_DEPTH) return TOO_DEEP
  return values > MAX_RECORD_VALUES ? TOO_MANY : undefined
}

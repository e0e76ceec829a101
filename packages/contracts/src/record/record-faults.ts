import { jsonDepth } from './json-depth.ts'
import { MAX_RECORD_BYTES, MAX_RECORD_DEPTH } from './limits.ts'

const TOO_LARGE = `it is larger than ${MAX_RECORD_BYTES} bytes`
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
  return jsonDepth(text) > MAX_RECORD_DEPTH ? TOO_DEEP : undefined
}

import { jsonDepth } from '../base/text.ts'
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

/**
 * Returns why a parsed value may not be a record, or undefined. It visits at most as many values as the largest record has,
 * without recursion, so that neither a deep value nor one that contains itself does harm.
 */
export function recordValueFault(value: unknown): string | undefined {
  const visits: Array<{ readonly value: unknown; readonly depth: number }> = [{ value, depth: 1 }]
  let length = 0
  for (let visit = visits.pop(); visit; visit = visits.pop()) {
    const { value: item, depth } = visit
    length += typeof item === 'string' ? item.length + 2 : 1
    if (typeof item === 'bigint' || typeof item === 'function' || typeof item === 'symbol') {
      return `it has a ${typeof item}, which JSON cannot represent`
    }
    if (typeof item === 'object' && item !== null) {
      if (depth > MAX_RECORD_DEPTH) return TOO_DEEP
      if (Array.isArray(item) && item.length > MAX_RECORD_BYTES) return TOO_LARGE
      for (const key of Object.keys(item)) {
        if (!Array.isArray(item)) length += key.length + 3
        visits.push({ value: (item as Record<string, unknown>)[key], depth: depth + 1 })
      }
    }
    if (length + visits.length > MAX_RECORD_BYTES) return TOO_LARGE
  }
  return undefined
}

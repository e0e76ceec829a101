import { randomUUID } from 'node:crypto'
import { jsonDepth, MAX_RECORD_DEPTH } from '@sessionkeep/contracts'

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const INTEGER = /^-?[1-9]\d{15,}$/
/** No record begins below this level: the document, a list of pools, a pool, a record. */
const RECORD_LEVEL = 5

/** Parsed JSON of which no part is changed in what {@link ExactJson.text} returns. */
export interface ExactJson {
  readonly value: unknown
  /** Returns a part of the value as indented JSON. */
  text(part: unknown): string
}

/**
 * Parses JSON that is to be written again. Two kinds of parts are a text in the value, and are themselves again in the JSON that
 * is made of it: an integer that a number cannot hold, since it would be rounded; and what is nested deeper than a record may
 * be, since writing it would overflow the stack. The record with such a part is then refused alone.
 *
 * @throws `SyntaxError`
 */
export function parseExactly(json: string): ExactJson {
  const whole = (value: unknown): ExactJson => ({ value, text: (part) => JSON.stringify(part, null, 2) })
  const isDeep = jsonDepth(json) > MAX_RECORD_DEPTH
  const isLong = /[1-9]\d{15}/.test(json)
  if (!isDeep && !isLong) return whole(JSON.parse(json))
  // Only parts of valid JSON may be replaced.
  const parsed: unknown = JSON.parse(json)
  const mark = randomUUID()
  const { text, parts } = isDeep ? withoutDeepParts(json, mark) : { text: json, parts: [] }
  if (!isLong && parts.length === 0) return whole(parsed)
  const isRounded = (token: string) => INTEGER.test(token) && !Number.isSafeInteger(Number(token))
  const marked = text.replace(TOKEN, (token) => (isRounded(token) ? `"${mark}${token}"` : token))
  const integer = new RegExp(`"${mark}(-?\\d+)"`, 'g')
  const deep = new RegExp(`"${mark}part(\\d+)"`, 'g')
  const back = (part: string) => part.replace(integer, '$1').replace(deep, (_, at) => parts[Number(at)] ?? '')
  return { value: JSON.parse(marked), text: (part) => back(JSON.stringify(part, null, 2)) }
}

/** Replaces the values below {@link RECORD_LEVEL} that are nested deeper than a record may be. */
function withoutDeepParts(json: string, mark: string): { text: string; parts: string[] } {
  const parts: string[] = []
  let text = ''
  let taken = 0
  let depth = 0
  let start = 0
  for (const { index, 0: token } of json.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === '{' || token === '[') {
      depth += 1
      if (depth === RECORD_LEVEL) start = index
    } else if (token === '}' || token === ']') {
      const part = depth === RECORD_LEVEL ? json.slice(start, index + 1) : ''
      depth -= 1
      if (jsonDepth(part) <= MAX_RECORD_DEPTH - RECORD_LEVEL) continue
      text += `${json.slice(taken, start)}"${mark}part${parts.length}"`
      taken = index + 1
      parts.push(part)
    }
  }
  return { text: text + json.slice(taken), parts }
}

import { randomUUID } from 'node:crypto'

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const INTEGER = /^-?[1-9]\d{15,}$/

/** Parsed JSON whose integers are exact in what {@link ExactJson.text} returns. */
export interface ExactJson {
  readonly value: unknown
  /** Returns a part of the value as indented JSON. */
  text(part: unknown): string
}

/**
 * Parses JSON that is to be written again. An integer that a number cannot hold would be rounded, so it is a text in the
 * value, and the integer again in the JSON that is made of it.
 *
 * @throws `SyntaxError`
 */
export function parseExactly(json: string): ExactJson {
  const plain: ExactJson = { value: undefined, text: (part) => JSON.stringify(part, null, 2) }
  if (!/[1-9]\d{15}/.test(json)) return { ...plain, value: JSON.parse(json) }
  const mark = randomUUID()
  const isRounded = (token: string) => INTEGER.test(token) && !Number.isSafeInteger(Number(token))
  const marked = json.replace(TOKEN, (token) => (isRounded(token) ? `"${mark}${token}"` : token))
  const back = new RegExp(`"${mark}(-?\\d+)"`, 'g')
  return { value: JSON.parse(marked), text: (part) => plain.text(part).replace(back, '$1') }
}

import type { Form } from './command-forms.ts'
import { HEADERS, NAMED, SECRET_NAME } from './names.ts'

/** A text in quotes on one line. Its end may be cut off. */
const TEXT = '\\\\{1,7}"[^"\\n]*?\\\\{1,7}"|"(?:[^"\\\\\\n]|\\\\.)*"?|\'(?:[^\'\\\\\\n]|\\\\.)*\'?|`[^`]*`?'
/** A text, with a colon behind it if it is the name of a field. */
const FIELD_OR_TEXT = new RegExp(`(${TEXT})(\\s{0,4}:)?`, 'g')
const BODY = `(?:${TEXT}|[^{}[\\]"'\`])*`
/** An item of a list of YAML that is one word or text, or a field `value`. */
const ITEM =
  /^([ \t]*(?:-|value:)[ \t]+)(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s{}[\]"'`\\]*[^\s:{}[\]"'`\\])(?=[ \t]*(?:#.*)?$)/gm
const QUOTE = '\\\\{0,7}["\'`]'
const HEADER = `${QUOTE}[\\w-]*(?:${SECRET_NAME}|${HEADERS})[\\w-]{0,40}${QUOTE}\\s*,\\s*`

/**
 * Notations of values in a list or an object over several lines whose name sounds secret, and of headers as lists of names and
 * values. `before` matches what is before a name, and `quoted` a value in quotes.
 */
export function nestedForms(before: string, quoted: string): Form[] {
  const header = new RegExp(`(${HEADER})(?:${quoted})`, 'gi')
  const items = '(?:\\n[ \\t]*(?:-|value:)[ \\t]+[^\\n]+)+'
  return [
    // "secret": { and, in the next line, "value": "…"
    [
      new RegExp(`(${before}${NAMED}\\\\{0,7}["'\`]?\\s{0,4}:\\s{0,4}[{[])(?=\\s*?(?:\\n|\\\\n))(${BODY})`, 'gi'),
      (_, name, body = '') =>
        `${name}${body.replace(FIELD_OR_TEXT, (field, _text, colon?: string) => (colon ? field : '***'))}`,
    ],
    // secrets: and, in the next line, - …
    [
      new RegExp(`(${before}${NAMED}["'\`]?\\s{0,4}:[ \\t]*)(${items})`, 'gi'),
      (_, name, body = '') => `${name}${body.replace(ITEM, '$1***')}`,
    ],
    // rawHeaders: ['X-Auth-Token', '…']
    [
      new RegExp(`(rawHeaders\\\\{0,7}["'\`]?\\s{0,4}[:=]\\s{0,4}\\[)((?:${TEXT}|[^\\]"'\`])*)`, 'gi'),
      (_, name, body = '') => `${name}${body.replace(header, '$1***')}`,
    ],
    // [['x-api-key', '…']]
    [new RegExp(`([[,]\\s*\\[\\s*${HEADER})(?:${quoted})(?=\\s*\\])`, 'gi'), '$1***'],
  ]
}

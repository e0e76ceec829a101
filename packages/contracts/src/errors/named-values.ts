import type { Form } from './command-forms.ts'
import { HEADERS, KEY_VARIABLE, SECRET_NAME } from './names.ts'

/** A quote, which may be escaped, as in JSON within JSON. */
const QUOTE = '\\\\{0,7}["\'`]?'
/** A blank or a line break, which may be escaped too. */
const BLANK = '(?:\\s|\\\\n)'
/** What begins the fields that name a variable, a header, a parameter or an option. */
const NAMING = '(?:(?:parameter)?(?:name|key)|option|variable|header)'
const VALUE = '(?:parameter)?value'
/** One more field between the name and the value, which names nothing itself. A list has a dash before its next item. */
const BETWEEN = `(?:(?!(?:${NAMING}|${VALUE})\\b)\\w[\\w.-]{0,40}${QUOTE}\\s{0,4}[:=]\\s{0,4}${QUOTE}[^"'\`\\n{}[\\]\\\\,<>]{0,200}${QUOTE}(?:,${BLANK}{0,80}|${BLANK}{1,80})${QUOTE})?`
/** What is between two fields. */
const NEXT = `${QUOTE},?${BLANK}{0,80}${QUOTE}`
/** A value that ends before another field. It is taken at once, since each shorter part of it would be searched again. */
const ENDED =
  '"(?:[^"\\\\]|\\\\.){0,1000}"|\'(?:[^\'\\\\]|\\\\.){0,1000}\'|\\\\+"[^"]{0,1000}"|[^\\s,;{}[\\]"\'`\\\\]{1,1000}'

/** Matches the fields of an object that name a variable, a header or an option, whose value is in another field. */
export const IS_NAMING = new RegExp(`^${NAMING}$`, 'i')
/** Matches the field of an object that has the value of what another field names. */
export const IS_VALUE = new RegExp(`^${VALUE}$`, 'i')

/**
 * Notations with a name and a value in two fields, as of Kubernetes and of AWS, in YAML, in JSON and in XML. The `value` of the
 * notation is matched by one pattern, and what is masked already by another.
 */
export function namedValueForms(value: string, masked: string): Form[] {
  const secret = `[\\w./-]*(?:${SECRET_NAME}|${HEADERS})[\\w-]{0,40}`
  return [...formsOf(secret, 'gi', value, masked), ...formsOf(KEY_VARIABLE, 'g', value, masked)]
}

function formsOf(secret: string, flags: string, value: string, masked: string): Form[] {
  const naming = `\\b${NAMING}${QUOTE}\\s*[:=]\\s*${QUOTE}`
  // Within a word, as in `value:a@value:b@`, each would be searched for the end of the word.
  const valued = `(?<![@./=&?#%!~^$*])\\b${VALUE}${QUOTE}\\s{0,4}[:=]\\s{0,4}`
  return [
    [
      new RegExp(`((?:${naming}${secret}|<${secret})${NEXT}${BETWEEN}${valued})(?!${masked})(?:${value})`, flags),
      '$1***',
    ],
    [new RegExp(`(${valued})(?!${masked})(?=(${ENDED}))\\2(?=${NEXT}${BETWEEN}${naming}${secret})`, flags), '$1***'],
  ]
}

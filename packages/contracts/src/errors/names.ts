/** A plural with a number is a count, as `max_tokens=4096`. */
const COUNT = 's["\'`]?\\s{0,4}[:=]\\s{0,4}\\d{1,9}(?:[,;)\\]}\\s]|\\.\\s|\\.?$)'
/** The directory of a shell, whose variable has the name that a connection string gives to a password. */
const DIRECTORY = '(?<=(?:^|\\s)(?:old)?pwd)=/[\\w./-]*(?:\\s|$)'

/** Matches what makes a name sound secret. Words as `passed`, `secretary` and `tokenizer` only begin so. */
export const SECRET_NAME = `(?:${[
  '(?<!\\b(?:by|com))pass(?!(?:ed|ing|age|enger|ive|through)s?(?![a-z]))',
  `pwd(?!${DIRECTORY})`,
  '\\bpw\\b',
  'secret(?!ar[iy])',
  `token(?!i[sz]|${COUNT})`,
  'credential',
  '(?:api|app|access|account|private|stamp|encrypt(?:ion)?|sign(?:ing)?|master|shared)[-_]?key',
  '(?:openai|stripe|fernet|service[-_]?role|licen[sc]e|subscription|functions)[-_]?key',
  // In the prompt of a program.
  '(?:api|access|account|licen[sc]e|subscription) key',
  'key[-_]data',
  '(?:\\b|_)(?:auth|psk)\\b',
  'signature',
  '\\bsig\\b',
].join('|')})`

/**
 * Matches the name of something secret, whose last part sounds so. What is before that part may be long: each notation begins
 * behind a character that no name has, so no text is searched twice.
 */
export const NAMED = `[\\w.-]*${SECRET_NAME}[\\w-]{0,40}`

/** Keys that are not secret, but a part of data, of a table or of a keyboard. */
const ORDINARY_KEYS = [
  ...['PRIMARY', 'FOREIGN', 'UNIQUE', 'SORT', 'PARTITION', 'RANGE', 'HASH', 'SHARD', 'INDEX', 'ROW', 'GROUP', 'ORDER'],
  ...['PUBLIC', 'PUBLISHABLE', 'CACHE', 'OBJECT', 'QUERY', 'ROUTING', 'IDEMPOTENCY', 'DUPLICATE', 'MAP', 'LOOKUP'],
  ...['TRANSLATION', 'MESSAGE', 'REGISTRY', 'HOT', 'ENTER', 'ESCAPE', 'SHORTCUT', 'META', 'PRESS'],
]

/** Matches a variable of the environment with a key, such as `AZURE_STORAGE_KEY`. The case of its letters counts, since other names are ordinary. */
export const KEY_VARIABLE = `[A-Z][A-Z0-9_]{0,100}(?<!(?:\\b|_)(?:${ORDINARY_KEYS.join('|')}))_KEY(?![\\w-])`

/** Headers have no other notation than their own in a text. So their names sound secret only as those of fields. */
export const HEADERS = '(?:authorization\\b|cookie)'

const SECRET_FIELD = new RegExp(`${SECRET_NAME}|${HEADERS}`, 'i')
const KEY_FIELD = new RegExp(`^${KEY_VARIABLE}$`)

/** Whether a field of this name has a credential. */
export function isSecret(name: string): boolean {
  return SECRET_FIELD.test(name) || KEY_FIELD.test(name)
}

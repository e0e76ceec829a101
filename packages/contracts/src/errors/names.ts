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

/** Headers have no other notation than their own in a text. So their names sound secret only as those of fields. */
export const HEADERS = '(?:authorization\\b|cookie)'

const SECRET_FIELD = new RegExp(`${SECRET_NAME}|${HEADERS}`, 'i')

/** Whether a field of this name has a credential. */
export function isSecret(name: string): boolean {
  return SECRET_FIELD.test(name)
}

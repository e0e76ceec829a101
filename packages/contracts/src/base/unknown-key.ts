import { closestMatch } from './closest-match.ts'

/** A key that does not match is not shown in messages: it is unlikely to be a mistyped option, and may be a password. */
const OPTION_NAME = /^[\w$@./~-]{1,60}$/

/** The key of an option as a message shows it. */
export function shownKey(key: string): string {
  return OPTION_NAME.test(key) ? key : `(a key of ${key.length} characters)`
}

/** What a message says of a key that is no option: the one that was likely meant, else all that are known. */
export function unknownKey(key: string, known: readonly string[]): string {
  const guess = closestMatch(key, known)
  return `is not an option; ${guess === undefined ? `the options are ${known.join(', ')}` : `did you mean "${guess}"?`}`
}

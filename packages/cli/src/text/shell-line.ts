import { plain } from './plain.ts'

/** Matches words that mean the same to every shell. A word that begins with `=` is quoted, since zsh takes it for the path of a command. */
const SAFE = /^[\w@%+:,./-][\w@%+=:,./-]*$/

/** Writes words as a line that a shell reads back as these words. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => (SAFE.test(word) ? word : `'${plain(word).replaceAll("'", `'\\''`)}'`)).join(' ')
}

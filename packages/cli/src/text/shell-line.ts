import { plain } from './plain.ts'

/** Matches words that mean the same to every shell. A word that begins with `=` is quoted, since zsh takes it for the path of a command. */
const SAFE = /^[\w@%+:,./-][\w@%+=:,./-]*$/

/** Writes a call of this command. A name that looks like an option is written after `--`, and so after the options. */
export function callLine(verb: string, names: readonly string[], options: readonly string[] = []): string {
  const isOdd = names.some((name) => name.startsWith('-'))
  return shellLine(['sessionkeep', verb, ...(isOdd ? [...options, '--', ...names] : [...names, ...options])])
}

/** Writes words as a line that a shell reads back as these words. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => (SAFE.test(word) ? word : `'${plain(word).replaceAll("'", `'\\''`)}'`)).join(' ')
}

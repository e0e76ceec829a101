/** One word that any POSIX shell reads back as `word`. */
export function shellQuote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

/** Matches the beginning of a URI up to its path. Another URI may be in the path or the parameters of one, behind any character. */
const AUTHORITY = /(https?|wss?)?:\/\/\/?([^/?#]*)/gi
const HOST_AND_PORT = /^(?:\[[\da-f:.]*\]|[^:]*)(?::\d{0,5})?$/i

/**
 * Masks the login of a word with a URI, up to the last `@`, since a password may have an `@` and a `/`. A URI without a colon or an `@`
 * before its path has no login, and neither has one of the web with a port there: its path may have an `@`.
 */
export function withoutLogin(word: string): string {
  const last = word.lastIndexOf('@')
  if (last < 0) return word
  for (const { 0: beginning, 1: web, 2: authority = '', index } of word.matchAll(AUTHORITY)) {
    const start = index + beginning.length - authority.length
    if (start > last) break
    const isHost = web === undefined ? !authority.includes(':') : HOST_AND_PORT.test(authority)
    if (authority.includes('@') || !isHost) return `${word.slice(0, start)}***${word.slice(last)}`
  }
  return word
}

const LOGIN = /([a-z][a-z0-9+.-]{0,40}:\/\/)[^\s"'`]*@/gi
const BARE_LOGIN = /^(?![a-z][a-z0-9+.-]*:\/\/)[^\s@/]*:[^\s]*@/i
const SECRET = /([?&][^=&\s]{0,40}(?:pass|secret|token|key|auth|user)[^=&\s]{0,40})=[^&\s"'`]*/gi
/** What is longer is cut: nobody reads it, and looking for logins in it takes its time. */
const LONGEST = 4000
const PAIR =
  /((?:^|[;,\s])[^\s=;,]{0,40}(?:pass|pwd|\bpw|secret|token|api_?key|accesskey|accountkey)[^\s=;,]{0,40}\s*=\s*)(?:"[^"]*"|'[^']*'|[^;\s]*)/gi

/**
 * `text`, with what stands before the last `@` of each URI masked, and its parameters that sound secret, also in a list of
 * `name=value`: a connection string put where a store's name belongs, or repeated by somebody's message.
 */
export function withoutCredentials(text: string): string {
  return shortened(text)
    .replace(LOGIN, '$1***@')
    .replace(BARE_LOGIN, '***@')
    .replace(SECRET, '$1=***')
    .replace(PAIR, '$1***')
}

/** Cut between two words: half a connection string would not be known for one. */
function shortened(text: string): string {
  if (text.length <= LONGEST) return text
  const head = text.slice(0, LONGEST)
  return `${head.slice(0, Math.max(0, head.lastIndexOf(' '), head.lastIndexOf('\n')))}…`
}

const LOGIN = /([a-z][a-z0-9+.-]*:\/\/)[^\s"'`]*@/gi
const BARE_LOGIN = /^(?![a-z][a-z0-9+.-]*:\/\/)[^\s@/]*:[^\s]*@/i
const SECRET = /([?&][^=&\s]*(?:pass|secret|token|key|auth|user)[^=&\s]*)=[^&\s"'`]*/gi
const PAIR =
  /((?:^|[;,\s])[^\s=;,]{0,40}(?:pass|pwd|\bpw|secret|token|api_?key|accesskey|accountkey)[^\s=;,]{0,40}\s*=\s*)(?:"[^"]*"|'[^']*'|[^;\s]*)/gi

/**
 * `text`, with what stands before the last `@` of each URI masked, and its parameters that sound secret, also in a list of
 * `name=value`: a connection string put where a store's name belongs, or repeated by somebody's message.
 */
export function withoutCredentials(text: string): string {
  return text.replace(LOGIN, '$1***@').replace(BARE_LOGIN, '***@').replace(SECRET, '$1=***').replace(PAIR, '$1***')
}

const LOGIN = /([a-z][a-z0-9+.-]*:\/\/)[^\s"'`]*@/gi
const BARE_LOGIN = /^(?![a-z][a-z0-9+.-]*:\/\/)[^\s@/]*:[^\s]*@/i
const SECRET = /([?&][^=&\s]*(?:pass|secret|token|key|auth|user)[^=&\s]*)=[^&\s"'`]*/gi

/**
 * `text`, with what stands before the last `@` of each URI masked, and its parameters that sound secret: a connection
 * string put where a store's name belongs, or repeated by somebody's message.
 */
export function withoutCredentials(text: string): string {
  return text.replace(LOGIN, '$1***@').replace(BARE_LOGIN, '***@').replace(SECRET, '$1=***')
}

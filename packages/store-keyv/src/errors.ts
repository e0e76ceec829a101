import { codeOf, isStoreError, messageOf, StoreError, type StoreErrorCode } from '@sessionkeep/core/store'

/** The server, as messages may name it. */
export interface Place {
  readonly server: string
  readonly secrets: readonly string[]
}

const FULL = /^(53100|SQLITE_FULL)$|^OOM |database space exceeded|NOSPACE/
// A client's own time-out may end just before ours. Whether the call was done is unknown then too.
const TOO_LATE = /DEADLINE_EXCEEDED/
const NEEDS_A_PERSON =
  /^(28000|28P01|3D000|42501|SQLITE_CANTOPEN|SQLITE_NOTADB|SQLITE_READONLY|ERR_INVALID_\w+)$|^(WRONGPASS|NOAUTH|NOPERM)|^ERR (AUTH|DB index|invalid password)|authentication failed|auth(entication)? is not enabled|permission denied/i

/** A client's error as a coded one. Clients put the URI, the user or the password into theirs, so the original is not kept as the cause. */
export function storeError(error: unknown, { server, secrets }: Place, action: 'open' | 'use'): StoreError {
  if (isStoreError(error)) return error
  const code = codeOf(error)
  const said = redacted(wordsOf(error), secrets)
  const cause = Object.assign(new Error(said), code === undefined ? {} : { code })
  return new StoreError(
    kindOf(code, said, action),
    `Could not ${action} ${server}: ${(said || String(code)).replace(/\.+$/, '')}.`,
    {
      cause,
      context: { server, ...(code === undefined ? {} : { cause: code }) },
    },
  )
}

function kindOf(code: string | undefined, said: string, action: 'open' | 'use'): StoreErrorCode {
  const matches = (kind: RegExp) => kind.test(said) || (code !== undefined && kind.test(code))
  if (matches(FULL)) return 'STORE_FULL'
  if (matches(TOO_LATE)) return 'STORE_TIMEOUT'
  return action === 'open' && matches(NEEDS_A_PERSON) ? 'STORE_MISCONFIGURED' : 'STORE_UNAVAILABLE'
}

function wordsOf(error: unknown): string {
  // A failed connect to a name with several addresses says nothing itself, and has one error for each.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(wordsOf).join('; ')
  return messageOf(error)
}

/** Shorter secrets are parts of ordinary words, so they are masked only where they stand in quotes. */
const SHORTEST = 4

function redacted(text: string, secrets: readonly string[]): string {
  const longestFirst = [...secrets].sort((a, b) => b.length - a.length)
  return longestFirst.reduce((said, secret) => {
    if (secret.length >= SHORTEST) return said.replaceAll(secret, '***')
    return ['"', "'", '`'].reduce(
      (masked, quote) => masked.replaceAll(`${quote}${secret}${quote}`, `${quote}***${quote}`),
      said,
    )
  }, text)
}

export function timedOut(place: Place, why: string, cause?: unknown): StoreError {
  // A server without TLS waits for more of what it takes for a command, and a client for the answer.
  const hint = /^(rediss|valkeys):/.test(place.server) ? ' A port that speaks no TLS never answers.' : ''
  return new StoreError('STORE_TIMEOUT', `${place.server} has not answered: ${why}.${hint}`, {
    cause,
    context: { server: place.server },
  })
}

import { codeOf, isStoreError, messageOf, StoreError, type StoreErrorCode } from '@sessionkeep/contracts'

/** The backend, as messages may show it. */
export interface Backend {
  readonly server: string
  readonly secrets: readonly string[]
}

const FULL = /^(53100|SQLITE_FULL)$|^OOM |database space exceeded|NOSPACE/
// The time-out of a client may come just before ours. Either way nobody knows whether the call was executed.
const TOO_LATE = /DEADLINE_EXCEEDED/
// The server can be read and refuses writes: another server may be the primary, its disk may have failed, or it lacks replicas.
const READ_ONLY = /^(25006|SQLITE_READONLY)$|^(READONLY|MISCONF|NOREPLICAS) /
/** The code of a change that left a row as it was, without an error of the server. */
const KEPT = 'ROW_KEPT'
// The server refuses the content of a statement. By class of SQLSTATE: data, constraints, views, limits, an exception of a trigger.
const CONTENT =
  /^(22...|23...|44...|54...|P0001|ROW_KEPT|SQLITE_TOOBIG|SQLITE_CONSTRAINT)$|request is too large|^ERR string exceeds maximum/
// The server would carry out a smaller call: the statement took longer than `statement_timeout`, or has too many operations.
const TOO_MUCH = /^57014$|too many operations in txn request/
// Another transaction has locked a row for longer than a change waits.
const ROW_LOCKED = /^55P03$/
// The encoding of the database, or that of the connection, lacks a character of a text.
const NOT_CONVERTED = /^(22021|22P05)$/
// Errors of mistakes that only a person can correct.
const NEEDS_A_PERSON =
  /^(28000|28P01|3D000|3F000|42501|SQLITE_CANTOPEN|SQLITE_NOTADB|ERR_INVALID_\w+)$|^(WRONGPASS|NOAUTH|NOPERM)|^ERR (AUTH|DB index|invalid password|unknown command)|authentication failed|auth(entication)? is not enabled|user name is empty|permission denied|ACL failure in script|^ERR The user executing the script/i

/**
 * Converts an error of a client to a `StoreError`. Clients put the URI, the user or the password into their errors,
 * so the original is not kept as the cause.
 */
export function storeError(error: unknown, { server, secrets }: Backend, action: 'open' | 'use'): StoreError {
  if (isStoreError(error)) return error
  const code = codeOf(error)
  // gRPC ends its messages with a note that is usually empty.
  const text = redacted(messageOf(error), secrets).replace(/(?<!\s)\s*Resolution note:\s*$/, '')
  const cause = Object.assign(new Error(text), code === undefined ? {} : { code })
  return new StoreError(
    kindOf(code, text, action),
    `Could not ${action} ${server}: ${(text || String(code)).replace(/(?<!\.)\.+$/, '')}.`,
    {
      cause,
      context: { server, ...(code === undefined ? {} : { cause: code }) },
    },
  )
}

function kindOf(code: string | undefined, text: string, action: 'open' | 'use'): StoreErrorCode {
  const matches = (kind: RegExp) => kind.test(text) || (code !== undefined && kind.test(code))
  if (matches(FULL)) return 'STORE_FULL'
  if (matches(TOO_LATE)) return 'STORE_TIMEOUT'
  if (action === 'open' && matches(READ_ONLY)) return 'STORE_READ_ONLY'
  return action === 'open' && matches(NEEDS_A_PERSON) ? 'STORE_MISCONFIGURED' : 'STORE_UNAVAILABLE'
}

/** Whether the server works, but refuses the content of a call, such as a character that its encoding lacks. */
export function isContentFault(error: unknown): boolean {
  return CONTENT.test(codeOf(error) ?? '') || CONTENT.test(messageOf(error))
}

/** Whether the server refuses a call only because the call has too much at once. */
export function isTooMuch(error: unknown): boolean {
  return TOO_MUCH.test(codeOf(error) ?? '') || TOO_MUCH.test(messageOf(error))
}

/** Whether a call failed because another program has locked a record. */
export function isLockedRecord(error: unknown): boolean {
  return ROW_LOCKED.test(codeOf(error) ?? '')
}

/** Whether a row policy of Postgres refuses to write one row. A lack of rights on the whole table has the same code. */
export function isRefusedByPolicy(error: unknown): boolean {
  if (codeOf(error) !== '42501') return false
  // The message may be in any language. The name of the routine is never translated, but other servers with this protocol lack it.
  const isOfRow = error instanceof Error && Reflect.get(error, 'routine') === 'ExecWithCheckOptions'
  return isOfRow || messageOf(error).includes('new row violates row-level security policy')
}

/** Whether Postgres could not convert a text between two encodings. That text may be a key, or something else. */
export function isOfEncoding(error: unknown): boolean {
  return NOT_CONVERTED.test(codeOf(error) ?? '')
}

/** The error of a change that left a row as it was, although the server has accepted the statement. */
export function rowKept(table: string): Error {
  const why = `the change had no effect: a trigger or a row policy of the table ${table} skips it; let this user change every row of this store`
  return Object.assign(new Error(why), { code: KEPT })
}

/** The error of a reader whose table is away. Its records may be away with it, so nothing is known to be absent. */
export function tableAway(table: string, server: string): StoreError {
  return new StoreError(
    'STORE_UNAVAILABLE',
    `${server} does not have the table ${table} any more, which this store has read. Restore it, or start the gateway that writes it.`,
    { context: { server, table } },
  )
}

/** Shorter secrets may be parts of ordinary words, so they are masked only inside quotes. */
const SHORTEST = 4

function redacted(text: string, secrets: readonly string[]): string {
  const longestFirst = [...secrets].sort((a, b) => b.length - a.length)
  return longestFirst.reduce((text, secret) => {
    if (secret.length >= SHORTEST) return text.replaceAll(secret, '***')
    return ['"', "'", '`'].reduce(
      (masked, quote) => masked.replaceAll(`${quote}${secret}${quote}`, `${quote}***${quote}`),
      text,
    )
  }, text)
}

/** The error of a call that was not answered in time. */
export function timedOut(backend: Backend, why: string, cause?: unknown): StoreError {
  // A server without TLS takes the handshake for a command and waits for the rest, while the client waits for an
  // answer.
  const hint = /^(rediss|valkeys)(\+\w+)?:/.test(backend.server) ? ' A port without TLS never answers.' : ''
  return new StoreError('STORE_TIMEOUT', `${backend.server} has not answered: ${why}.${hint}`, {
    cause,
    context: { server: backend.server },
  })
}

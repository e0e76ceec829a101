import { messageOf } from './code-of.ts'
import { commandForms, type Form, GAP, replaced } from './command-forms.ts'
import { hasEndOfKey, withoutEndsOfKeys } from './key-lines.ts'
import { MAKERS, tokenForms } from './token-forms.ts'

/** The longest text, in characters. A longer one is cut: nobody reads it, and searching it for credentials takes long. */
const LONGEST = 4000
/** How many levels of a value are searched. Deeper values are left out, since they may have credentials too. */
const DEEPEST = 200

const SECRET_NAME =
  '(?:pass|pwd|\\bpw\\b|secret|token|credential|api[-_]?key|access[-_]?key|account[-_]?key|private[-_]?key|(?:stamp|encrypt(?:ion)?|sign(?:ing)?|master|shared)[-_]?key|(?:\\b|_)auth\\b|signature|\\bsig\\b)'
const NAMED = `[\\w-]{0,40}${SECRET_NAME}[\\w-]{0,40}`
/** A value in quotes. They may be escaped, as in JSON within JSON, or lack their end because the text was cut. */
const QUOTED = '"(?:[^"\\\\]|\\\\.)*"|\'(?:[^\'\\\\]|\\\\.)*\'|`[^`]*`|\\\\+"[^"]*"|\\\\*["\'`][^"\'`]*$'
/** A list or an object on one line that has a text in it, and not only numbers. */
const GROUP = [
  '\\[(?=[^\\]\\n]{1,400}\\])(?=[^\\]\\n]*?[A-Za-z"\'`])[^\\]\\n]+\\]',
  '\\{(?=[^{}\\n]{1,400}\\})(?=[^{}\\n]*?:\\s*\\\\*["\'`])[^{}\\n]+\\}',
].join('|')
const YAML_BLOCK = '[|>][+-]?[ \\t]*(?:\\n[ \\t]+[^\\n]*)+'

/** Whether a text may have credentials: each notation below has one of these, and most names and messages have none. */
const SUSPECT = new RegExp(
  `[:=@>]|(?:^|[\\s"'\`])-|pass|auth|identified by|login|add_user|\\bset|bearer\\s|basic\\s|PRIVATE KEY|${MAKERS}`,
  'i',
)

type Forms = readonly Form[]

/** Made at its first use: compiling the patterns would take a tenth of the time of an import. */
let forms: Forms | undefined

/** Makes the list of the notations of credentials, each with its replacement. */
function makeForms(): Forms {
  return [
    // scheme://user:password@host, up to the last @. A quote ends the URI only where it closes the text. A file: URI has no login.
    // The whole word is taken at once, since a word with many schemes would be searched for an @ from each of them.
    [
      /(?<![a-z0-9+.-])((?!file:)[a-z][a-z0-9+.-]{0,40}:\/\/)((?:[^\s"'`]|["'`](?![\s,;:)}\]]|$))*)/gi,
      (uri, scheme, rest) => (rest.includes('@') ? `${scheme}***${rest.slice(rest.lastIndexOf('@'))}` : uri),
    ],
    // user:password@host alone, as a word or in quotes.
    [
      /((?:^|[\s"'`(])(?:[\w.+-]{0,40}\/\/)?)(?![a-z][a-z0-9+.-]*:\/\/)[^\s@/:"'`(]{1,100}:[^\s@"'`]{1,200}@/gi,
      '$1***@',
    ],
    // ?password=…&sig=…
    [/([?&][^=&\s]{0,40}(?:pass|pwd|secret|token|key|auth|user|sig)[^=&\s]{0,40})=[^&\s"'`]*/gi, '$1=***'],
    // Authorization: Digest …, Authorization: Token …, Cookie: …
    [/\b(digest\s+)(?=username\s*=)[^\n]+/gi, '$1***'],
    [/\b(authorization["'`\\]{0,6}\s{0,4}[:=]\s{0,4}["'`\\]{0,6}(?:[A-Za-z-]{1,20}\s+)?)[^\s"'`,;\\]+/gi, '$1***'],
    [/\b(cookie["'`\\]{0,6}\s{0,4}:\s{0,4}["'`\\]{0,6})[^\n"'`\\]+/gi, '$1***'],
    // Bearer …, Basic …
    [/\b(bearer\s+)(?!token\b|auth)[^\s"'`,;]+/gi, '$1***'],
    [/\b([Bb]asic\s+)(?=[^\s]*[\dA-Z=])[A-Za-z0-9+/=_-]{4,}/g, '$1***'],
    ...tokenForms(),
    [/(-----BEGIN [A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?-----)[\s\S]*?(?=-----END|$)/g, '$1***'],
    // --password …
    [new RegExp(`((?:^|[\\s"'\`])--?${NAMED}${GAP})(?!\\\\*["'\`]?-)(?:${QUOTED}|[^\\s"'\`]+)`, 'gi'), '$1***'],
    ...commandForms(QUOTED, NAMED),
    // Password=…; in a connection string, 'password' => … in a map that Node shows.
    [
      new RegExp(
        `((?:^|[;,:\\s"'\`({[])[^\\s=;,:"'\`{}\\\\]{0,40}${SECRET_NAME}[^\\s=;,:"'\`{}\\\\]{0,40}["'\`]?\\s*(?::=|=>|=)\\s*)(?:${QUOTED}|[^;\\s]*)`,
        'gi',
      ),
      '$1***',
    ],
    // "password": "…" in JSON, password: … at the end of a line of YAML. `password: must be text` is neither.
    [
      new RegExp(
        `((?:^|[{,\\s"'\`])${NAMED}\\\\*["'\`]?\\s*:\\s*)(?:${QUOTED}|${YAML_BLOCK}|${GROUP}|[^\\s,;{}[\\]"'\`\\\\]+(?=\\s*(?:$|[,;}\\n#"'\`\\\\])))`,
        'gi',
      ),
      '$1***',
    ],
    // <password>…</password>
    [new RegExp(`(<(?:[\\w.-]{1,40}:)?${NAMED}>)[^<]+(?=</)`, 'gi'), '$1***'],
  ]
}

/**
 * Replaces credentials in a text by `***`: the login of a URI, the values of parameters, pairs and headers whose names sound
 * secret, and passwords in command lines. Errors and the logger of a pool call this, so no other code has to.
 */
export function redact(text: string): string {
  const short = shortened(text)
  return SUSPECT.test(short) ? masked(short) : short
}

function masked(text: string): string {
  forms ??= makeForms()
  return forms.reduce(replaced, hasEndOfKey(text) ? withoutEndsOfKeys(text.split('\n')).join('\n') : text)
}

/** The first of the private characters that stand for blanks and quotes within a word, so that these do not end the word in a line. */
const PRIVATE = 0xe000
const hidden = (word: string): string =>
  word.replace(/[\t-\r "'`]/g, (character) => String.fromCharCode(PRIVATE + character.charCodeAt(0)))
const shown = (word: string): string =>
  word.replace(/[\ue009-\ue060]/g, (character) => String.fromCharCode(character.charCodeAt(0) - PRIVATE))

/**
 * Redacts a list of texts. The list may be the words of a command. There only the word before a credential shows that it is one,
 * so the words are also read together, as one line.
 */
function redactWords(words: readonly string[]): string[] {
  const items = withoutKeys(words.map(redact))
  const line = items.map(hidden).join('\v')
  if (items.length < 2 || line.length > LONGEST || !SUSPECT.test(line)) return items
  const parts = masked(line).split('\v')
  return items.map((item, at) => (parts.length === items.length ? shown(parts[at] ?? item) : item))
}

/** Matches what is left of the beginning of a key whose end is not in the text. */
const OPEN_KEY = /PRIVATE KEY(?: BLOCK)?-----\*\*\*$/

/** Masks the lines of private keys in a list of redacted texts, such as the lines of a screen. Its first lines may be the end of a key. */
function withoutKeys(items: readonly string[]): string[] {
  const shown = withoutEndsOfKeys(items)
  let isInKey = false
  for (const [at, item] of items.entries()) {
    const end = item.indexOf('-----END')
    if (isInKey) shown[at] = end < 0 ? item && '***' : `${end > 0 ? '***' : ''}${item.slice(end)}`
    isInKey = (isInKey && end < 0) || OPEN_KEY.test(item)
  }
  return shown
}

/** One search through a value. */
interface Search {
  /** The results so far, by value: a value may contain itself, or be in several places. */
  readonly seen: Map<object, unknown>
  /** How many levels the value is below the first one. */
  readonly depth: number
  /** Whether the value is in a field whose name sounds secret, so that each text in it is masked. */
  readonly isSecret: boolean
  /** Whether the value is in a field of an error. */
  readonly isOfError: boolean
}

const LEFT_OUT = '…'
/** The most objects in the fields of an error that are searched, and the most items of each. */
const MOST_OF_ERROR = 1000

/**
 * Redacts the texts in a value, also in arrays, plain objects and errors. A value without credentials is returned itself,
 * unless it contains itself.
 */
export function redactValue(value: unknown): unknown {
  return searched(value, { seen: new Map(), depth: 0, isSecret: false, isOfError: false })
}

/**
 * Redacts the facts of an error, which others may have put together. The result can be read, and JSON can express it, so that a
 * status with the error can be shown.
 */
export function redactFacts(facts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    const redacted = searched(facts, { seen: new Map(), depth: 0, isSecret: false, isOfError: true })
    return typeof redacted === 'object' && redacted !== null ? (redacted as typeof facts) : {}
  } catch {
    return {}
  }
}

function searched(value: unknown, search: Search): unknown {
  if (typeof value === 'string') return search.isSecret ? '***' : redact(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (search.depth > DEEPEST || (search.isOfError && isLarge(value, search))) return LEFT_OUT
  if (search.seen.has(value)) return search.seen.get(value)
  search.seen.set(value, LEFT_OUT)
  const result = searchedObject(value, { ...search, depth: search.depth + 1 })
  search.seen.set(value, result)
  return result
}

/** Whether a value is more than an error needs to say, so that searching it would take too long. */
function isLarge(value: object, { seen }: Search): boolean {
  return seen.size > MOST_OF_ERROR || (Array.isArray(value) ? value : Object.keys(value)).length > MOST_OF_ERROR
}

function searchedObject(value: object, search: Search): unknown {
  if (value instanceof Error) return searchedError(value, search)
  if (Array.isArray(value)) {
    const isText = !search.isSecret && value.every((item) => typeof item === 'string')
    const items = isText ? redactWords(value) : value.map((item) => searched(item, search))
    return items.every((item, at) => item === value[at]) ? value : items
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  // An object of another realm has another `Object.prototype`, which has no prototype itself.
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null
  if (!isPlain) return searchedInstance(value, search)
  const entries = Object.entries(value)
  const isLogin = 'name' in value && /^(auth|hello)$/i.test(String(value.name))
  const redacted = entries.map(([key, item]) => {
    // A client of Redis adds the command that failed to its error.
    if (isLogin && key === 'args') return [key, '***'] as const
    // JSON.stringify would call it.
    if (typeof item === 'function' && key === 'toJSON') return [key, LEFT_OUT] as const
    if (!search.isSecret && isSecret(key)) return [key, searched(item, { ...search, seen: new Map(), isSecret: true })]
    return [key, searched(item, search)] as const
  })
  return redacted.every(([, item], at) => item === entries[at]?.[1]) ? value : Object.fromEntries(redacted)
}

/** Clients, requests and the like have logins deep inside, and are too large to be searched. So an error is passed on without them. */
function searchedInstance(value: object, { isOfError, isSecret }: Search): unknown {
  if (value instanceof URL) return redact(value.href) === value.href ? value : redact(value.href)
  const isSmall = value instanceof Map || value instanceof Set || value instanceof Date
  return isSecret || (isOfError && !isSmall) ? LEFT_OUT : value
}

const SECRET_KEY = new RegExp(`^${NAMED}$`, 'i')

/** Whether a field of this name has a credential. */
function isSecret(key: string): boolean {
  return SECRET_KEY.test(key)
}

/** The error of a driver may have a login in any of its fields. It is then replaced by a redacted copy. */
function searchedError(error: Error, search: Search): Error {
  const { name, message, stack = '', cause, ...own } = error as Error & { code?: unknown }
  // A spread does not copy the `errors` of an AggregateError.
  const fields = { ...own, errors: (error as Partial<AggregateError>).errors }
  const redactedCause = searched(cause, search)
  // The arguments of a program that could not be started are not passed on at all.
  const isClean =
    !('spawnargs' in fields) &&
    redactedCause === cause &&
    redact(message) === message &&
    redact(stack) === shortened(stack) &&
    searched(fields, { ...search, isOfError: true }) === fields
  if (isClean) return error
  const copy = new Error(redact(messageOf(error)), redactedCause === undefined ? undefined : { cause: redactedCause })
  copy.name = typeof name === 'string' ? name : 'Error'
  copy.stack = redact(stack)
  return fields.code === undefined ? copy : Object.assign(copy, { code: fields.code })
}

/** Cuts a long text between two words, since half a connection string would not be recognized as one. */
function shortened(text: string): string {
  if (text.length <= LONGEST) return text
  const head = text.slice(0, LONGEST)
  return `${head.slice(0, Math.max(0, head.lastIndexOf(' '), head.lastIndexOf('\n')))}…`
}

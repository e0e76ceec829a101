import { messageOf } from './code-of.ts'
import { withoutEndsOfKeys } from './key-lines.ts'
import { IS_NAMING, IS_VALUE } from './named-values.ts'
import { isSecret } from './names.ts'
import { isSuspect, masked } from './text-forms.ts'

/** The longest text, in characters. A longer one is cut: nobody reads it, and searching it for credentials takes long. */
const LONGEST = 4000
/** How many levels of a value are searched. Deeper values are left out, since they may have credentials too. */
const DEEPEST = 200

/**
 * Replaces credentials in a text by `***`: the login of a URI, the values of parameters, pairs and headers whose names sound
 * secret, and passwords in command lines. Errors and the logger of a pool call this, so no other code has to.
 */
export function redact(text: string): string {
  const short = shortened(text)
  return isSuspect(short) ? masked(short) : short
}

/** The first of the private characters that stand for blanks and quotes within a word, so that these do not end the word in a line. */
const PRIVATE = 0xe000
const hidden = (word: string): string =>
  word
    .replace(/[\ue009-\ue00d\ue020\ue022\ue027\ue060]/g, '\ufffd')
    .replace(/[\t-\r "'`]/g, (character) => String.fromCharCode(PRIVATE + character.charCodeAt(0)))
const shown = (word: string): string =>
  word.replace(/[\ue009-\ue00d\ue020\ue022\ue027\ue060]/g, (character) =>
    String.fromCharCode(character.charCodeAt(0) - PRIVATE),
  )

/** The beginning of a word, in characters, that is read together with other words: a notation goes no farther. */
const LONGEST_WORD = 400
/** How many characters are read again with the words behind them, since a credential is known by the words before it. */
const OVERLAP = 1000

/** The first and the last index, exclusive, of as many texts as are searched at once. The next ones may begin with some of them. */
function* portions(texts: readonly string[], overlap: number): Generator<readonly [from: number, to: number]> {
  const lengthAt = (at: number) => (texts[at]?.length ?? 0) + 1
  let from = 0
  while (from < texts.length) {
    let to = from + 1
    for (let length = lengthAt(from) + lengthAt(to); to < texts.length && length <= LONGEST; length += lengthAt(to))
      to += 1
    yield [from, to]
    const first = from
    from = to
    if (to === texts.length) return
    for (let again = lengthAt(from - 1); from > first + 1 && again < overlap; again += lengthAt(from - 1)) from -= 1
  }
}

/** Redacts each text of a list. Most have no credentials, so many short ones are looked at together first. */
function redactEach(texts: readonly string[]): string[] {
  return [...portions(texts, 0)].flatMap(([from, to]) => {
    const portion = texts.slice(from, to)
    return portion.map(isSuspect(portion.join('\n')) ? redact : shortened)
  })
}

/**
 * Redacts a list of texts. The list may be the words of a command. There only the word before a credential shows that it is one,
 * so the words are also read together, as one line.
 */
function redactWords(words: readonly string[]): string[] {
  const items = withoutKeys(redactEach(words))
  if (items.length < 2) return items
  const beginnings = items.map((item) => item.slice(0, LONGEST_WORD))
  for (const [from, to] of portions(beginnings, OVERLAP)) {
    const portion = beginnings.slice(from, to)
    if (!isSuspect(portion.join('\v'))) continue
    const line = portion.map(hidden)
    const parts = masked(line.join('\v')).split('\v')
    if (parts.length !== line.length) continue
    for (const [at, part] of parts.entries()) {
      if (part === line[at]) continue
      beginnings[from + at] = shown(part)
      items[from + at] = shown(part)
    }
  }
  return items
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
    isInKey = (isInKey && end < 0) || (item.endsWith('***') && OPEN_KEY.test(item))
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
    const isPairs = value.every(isPair)
    const items = isText
      ? redactWords(value)
      : value.map((item) => (isPairs ? searchedPairs(item, search) : searched(item, search)))
    return items.every((item, at) => item === value[at]) ? value : items
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  // An object of another realm has another `Object.prototype`, which has no prototype itself.
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null
  if (!isPlain) return searchedInstance(value, search)
  const entries = Object.entries(value)
  const isLogin = 'name' in value && /^(auth|hello)$/i.test(String(value.name))
  // A variable of Kubernetes, or a header of an HTTP archive.
  const isNamed = entries.some(([key, item]) => IS_NAMING.test(key) && typeof item === 'string' && isSecret(item))
  const redacted = entries.map(([key, item]) => {
    // A client of Redis adds the command that failed to its error.
    if (isLogin && key === 'args') return [key, '***'] as const
    // JSON.stringify would call it.
    if (typeof item === 'function' && key === 'toJSON') return [key, LEFT_OUT] as const
    const isCredential = isSecret(key) || (isNamed && IS_VALUE.test(key))
    if (Array.isArray(item) && /^rawheaders$/i.test(key)) return [key, searchedPairs(item, search)] as const
    if (!search.isSecret && isCredential) return [key, searched(item, { ...search, seen: new Map(), isSecret: true })]
    return [key, searched(item, search)] as const
  })
  return redacted.every(([, item], at) => item === entries[at]?.[1]) ? value : Object.fromEntries(redacted)
}

/** Whether a value is a name and its value, as in the list of headers that `fetch` takes. */
function isPair(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string'
}

/** Redacts a list of names that each have their value behind them, as the headers of a message of Node. */
function searchedPairs(list: readonly unknown[], search: Search): unknown {
  const isCredential = (at: number) =>
    at % 2 === 1 && typeof list[at - 1] === 'string' && isSecret(String(list[at - 1]))
  if (search.isSecret || !list.some((_, at) => isCredential(at))) return searched(list, search)
  const items = list.map((item, at) =>
    searched(item, isCredential(at) ? { ...search, seen: new Map(), isSecret: true } : search),
  )
  return items.every((item, at) => item === list[at]) ? list : items
}

/** Clients, requests and the like have logins deep inside, and are too large to be searched. So an error is passed on without them. */
function searchedInstance(value: object, { isOfError, isSecret }: Search): unknown {
  if (value instanceof URL) return redact(value.href) === value.href ? value : redact(value.href)
  const isSmall = value instanceof Map || value instanceof Set || value instanceof Date
  return isSecret || (isOfError && !isSmall) ? LEFT_OUT : value
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

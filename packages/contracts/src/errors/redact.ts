import { messageOf } from './code-of.ts'
import { commandForms, GAP } from './command-forms.ts'

/** The longest text, in characters. A longer one is cut: nobody reads it, and searching it for credentials takes long. */
const LONGEST = 4000
/** How many levels of a value are searched. Deeper values do not belong in a message or a log line. */
const DEEPEST = 5

const SECRET_NAME =
  '(?:pass|pwd|\\bpw\\b|secret|token|credential|api[-_]?key|access[-_]?key|account[-_]?key|private[-_]?key|(?:\\b|_)auth\\b|signature|\\bsig\\b)'
const NAMED = `[\\w-]{0,40}${SECRET_NAME}[\\w-]{0,40}`
/** A value in quotes. They may be escaped, as in JSON within JSON, or lack their end because the text was cut. */
const QUOTED = '"(?:[^"\\\\]|\\\\.)*"|\'(?:[^\'\\\\]|\\\\.)*\'|`[^`]*`|\\\\+"[^"]*"|\\\\*["\'`][^"\'`]*$'
const YAML_BLOCK = '[|>][+-]?[ \\t]*(?:\\n[ \\t]+[^\\n]*)+'

/** Whether a text may have credentials: each notation below has one of these, and most names and messages have none. */
const SUSPECT =
  /[:=@]|(?:^|[\s"'`])-|pass|auth|identified by|login|add_user|\bset|bearer\s|basic\s|eyJ|sk-|gh[opsur]_|github_pat_|glpat-|xox|AKIA|ASIA|PRIVATE KEY/i

type Forms = ReadonlyArray<readonly [form: RegExp, masked: string]>

/** Made at its first use: compiling the patterns would take a tenth of the time of an import. */
let forms: Forms | undefined

/** Makes the list of the notations of credentials, each with its replacement. */
function makeForms(): Forms {
  return [
    // scheme://user:password@host, up to the last @. A quote ends the URI only where it closes the text. A file: URI has no login.
    [/(?<![a-z0-9+.-])((?!file:)[a-z][a-z0-9+.-]{0,40}:\/\/)(?:[^\s"'`]|["'`](?![\s,;:)}\]]|$))*@/gi, '$1***@'],
    // user:password@host alone, as a word or in quotes.
    [/(^|[\s"'`(])(?![a-z][a-z0-9+.-]*:\/\/)[^\s@/:"'`(]{1,100}:[^\s@"'`]{1,200}@/gi, '$1***@'],
    // ?password=…&sig=…
    [/([?&][^=&\s]{0,40}(?:pass|pwd|secret|token|key|auth|user|sig)[^=&\s]{0,40})=[^&\s"'`]*/gi, '$1=***'],
    // Authorization: Token …, Cookie: …
    [/\b(authorization["'`\\]{0,6}\s{0,4}[:=]\s{0,4}["'`\\]{0,6}(?:[A-Za-z-]{1,20}\s+)?)[^\s"'`,;\\]+/gi, '$1***'],
    [/\b(cookie["'`\\]{0,6}\s{0,4}:\s{0,4}["'`\\]{0,6})[^\n"'`\\]+/gi, '$1***'],
    // Bearer …, Basic …
    [/\b(bearer\s+)(?!token\b|auth)[^\s"'`,;]+/gi, '$1***'],
    [/\b([Bb]asic\s+)(?=[^\s]*[\dA-Z=])[A-Za-z0-9+/=_-]{4,}/g, '$1***'],
    // Keys and tokens that show by their beginning what they are: of Anthropic, OpenAI, GitHub, GitLab, Slack and AWS; JWT; PEM.
    [/(?<![\w-])(sk-|gh[opsur]_|github_pat_|glpat-|xox[abeprs]-|A[KS]IA)[\w-]{16,}/g, '$1***'],
    [/(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, '***'],
    [/(-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----)[\s\S]*?(?=-----END|$)/g, '$1***'],
    // --password …
    [new RegExp(`((?:^|[\\s"'\`])--?${NAMED}${GAP})(?!\\\\*["'\`]?-)(?:${QUOTED}|[^\\s"'\`]+)`, 'gi'), '$1***'],
    ...commandForms(QUOTED, NAMED),
    // Password=…; in a connection string.
    [
      new RegExp(
        `((?:^|[;,:\\s"'\`({[])[^\\s=;,:"'\`{}\\\\]{0,40}${SECRET_NAME}[^\\s=;,:"'\`{}\\\\]{0,40}\\s*=\\s*)(?:${QUOTED}|[^;\\s]*)`,
        'gi',
      ),
      '$1***',
    ],
    // "password": "…" in JSON, password: … at the end of a line of YAML. `password: must be text` is neither.
    [
      new RegExp(
        `((?:^|[{,\\s"'\`])${NAMED}\\\\*["'\`]?\\s*:\\s*)(?:${QUOTED}|${YAML_BLOCK}|[^\\s,;{}[\\]"'\`\\\\]+(?=\\s*(?:$|[,;}\\n#"'\`\\\\])))`,
        'gi',
      ),
      '$1***',
    ],
  ]
}

/**
 * Replaces credentials in a text by `***`: the login of a URI, the values of parameters, pairs and headers whose names sound
 * secret, and passwords in command lines. Errors and the logger of a pool call this, so no other code has to.
 */
export function redact(text: string): string {
  return SUSPECT.test(text) ? masked(shortened(text)) : shortened(text)
}

function masked(text: string): string {
  forms ??= makeForms()
  return forms.reduce((redacted, [form, replacement]) => redacted.replace(form, replacement), text)
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
  const items = words.map(redact)
  const line = items.map(hidden).join('\v')
  if (line.length > LONGEST || !SUSPECT.test(line)) return items
  const parts = masked(line).split('\v')
  return items.map((item, at) => (parts.length === items.length ? shown(parts[at] ?? item) : item))
}

/** Redacts the texts in a value, also in arrays, plain objects and errors. A value without credentials is returned itself. */
export function redactValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redact(value)
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return value
  if (value instanceof Error) return redactedError(value, depth)
  if (Array.isArray(value)) {
    const isText = value.every((item) => typeof item === 'string')
    const items = isText ? redactWords(value) : value.map((item) => redactValue(item, depth + 1))
    return items.every((item, at) => item === value[at]) ? value : items
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  const entries = Object.entries(value)
  const isLogin = 'name' in value && /^(auth|hello)$/i.test(String(value.name))
  const redacted = entries.map(([key, item]) => {
    // A client of Redis adds the command that failed to its error.
    if ((typeof item === 'string' && isSecret(key)) || (isLogin && key === 'args')) return [key, '***'] as const
    return [key, redactValue(item, depth + 1)] as const
  })
  return redacted.every(([, item], at) => item === entries[at]?.[1]) ? value : Object.fromEntries(redacted)
}

const SECRET_KEY = new RegExp(`^${NAMED}$`, 'i')

/** Whether a field of this name has a credential. */
function isSecret(key: string): boolean {
  return SECRET_KEY.test(key)
}

/** The error of a driver may have a login in any of its fields. It is then replaced by a redacted copy. */
function redactedError(error: Error, depth: number): Error {
  const { name, message, stack = '', cause, ...own } = error as Error & { code?: unknown }
  // A spread does not copy the `errors` of an AggregateError.
  const fields = { ...own, errors: (error as Partial<AggregateError>).errors }
  const redactedCause = redactValue(cause, depth + 1)
  // The arguments of a program that could not be started are not passed on at all.
  const isClean =
    !('spawnargs' in fields) &&
    redactedCause === cause &&
    [message, stack].every((text) => redact(text) === shortened(text)) &&
    redactValue(fields, depth + 1) === fields
  if (isClean) return error
  const copy = new Error(redact(messageOf(error)), redactedCause === undefined ? undefined : { cause: redactedCause })
  copy.name = name
  copy.stack = redact(stack)
  return fields.code === undefined ? copy : Object.assign(copy, { code: fields.code })
}

/** Cuts a long text between two words, since half a connection string would not be recognized as one. */
function shortened(text: string): string {
  if (text.length <= LONGEST) return text
  const head = text.slice(0, LONGEST)
  return `${head.slice(0, Math.max(0, head.lastIndexOf(' '), head.lastIndexOf('\n')))}…`
}

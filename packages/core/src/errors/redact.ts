import { messageOf } from './code-of.ts'

/** Nobody reads a longer text, and looking for credentials in it takes its time, so it is cut. */
const LONGEST = 4000
/** How deep a value is looked into; what is deeper belongs in no message or log line. */
const DEEPEST = 5

const SECRET_NAME = '(?:pass|pwd|\\bpw\\b|secret|token|credential|api_?key|access_?key|account_?key|private_?key)'
const QUOTED = '"[^"]*"|\'[^\']*\'|`[^`]*`'

/** Each way in which credentials are written, with what is put in their place. */
const FORMS: ReadonlyArray<readonly [form: RegExp, masked: string]> = [
  // scheme://user:password@host, up to the last @ of it; a quote ends it only where it closes the text. A file has no login.
  [/(?<![a-z0-9+.-])((?!file:)[a-z][a-z0-9+.-]{0,40}:\/\/)(?:[^\s"'`]|["'`](?![\s,;:)}\]]|$))*@/gi, '$1***@'],
  // user:password@host alone, as a word or in quotes.
  [/(^|[\s"'`(])(?![a-z][a-z0-9+.-]*:\/\/)[^\s@/:"'`(]{1,100}:[^\s@"'`]{1,200}@/gi, '$1***@'],
  // ?password=…&sig=…
  [/([?&][^=&\s]{0,40}(?:pass|pwd|secret|token|key|auth|user|sig)[^=&\s]{0,40})=[^&\s"'`]*/gi, '$1=***'],
  // Authorization: Bearer …, Basic …
  [/\b(bearer\s+)(?!token\b|auth)[^\s"'`,;]+/gi, '$1***'],
  [/\b([Bb]asic\s+)(?=[^\s]*[\dA-Z=])[A-Za-z0-9+/=_-]{4,}/g, '$1***'],
  // Password=…; in a connection string.
  [
    new RegExp(`((?:^|[;,\\s])[^\\s=;,]{0,40}${SECRET_NAME}[^\\s=;,]{0,40}\\s*=\\s*)(?:${QUOTED}|[^;\\s]*)`, 'gi'),
    '$1***',
  ],
  // "password": "…" in JSON, password: … at the end of a line of YAML. `password: must be text` is neither.
  [
    new RegExp(
      `((?:^|[{,\\s"'\`])[\\w-]{0,40}${SECRET_NAME}[\\w-]{0,40}["'\`]?\\s*:\\s*)(?:${QUOTED}|[^\\s,;{}[\\]"'\`]+(?=\\s*(?:$|[,;}\\n])))`,
      'gi',
    ),
    '$1***',
  ],
]

/**
 * `text` with `***` in place of credentials: what stands before the `@` of a URI, and the values of parameters, pairs and
 * headers whose names sound secret. Errors and the logger call it; nobody else has to.
 */
export function redact(text: string): string {
  return FORMS.reduce((said, [form, masked]) => said.replace(form, masked), shortened(text))
}

/** The same value without credentials: texts, and those in arrays, plain objects and errors. A clean value is itself. */
export function redactValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redact(value)
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return value
  if (value instanceof Error) return redactedError(value, depth)
  if (Array.isArray(value)) {
    const items = value.map((item) => redactValue(item, depth + 1))
    return items.every((item, at) => item === value[at]) ? value : items
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  const entries = Object.entries(value)
  const masked = entries.map(([key, item]) => [key, redactValue(item, depth + 1)] as const)
  return masked.every(([, item], at) => item === entries[at]?.[1]) ? value : Object.fromEntries(masked)
}

/** A driver's error may repeat a login in any of its fields; then a copy with the redacted words takes its place. */
function redactedError(error: Error, depth: number): Error {
  const { name, message, stack = '', cause, ...own } = error as Error & { code?: unknown }
  // The errors of an AggregateError are no field that a spread sees.
  const fields = { ...own, errors: (error as Partial<AggregateError>).errors }
  const redactedCause = redactValue(cause, depth + 1)
  const isClean =
    redactedCause === cause &&
    [message, stack].every((text) => redact(text) === shortened(text)) &&
    redactValue(fields, depth + 1) === fields
  if (isClean) return error
  const copy = new Error(redact(messageOf(error)), redactedCause === undefined ? undefined : { cause: redactedCause })
  copy.name = name
  copy.stack = redact(stack)
  return fields.code === undefined ? copy : Object.assign(copy, { code: fields.code })
}

/** Cut between two words: half a connection string would not be known for one. */
function shortened(text: string): string {
  if (text.length <= LONGEST) return text
  const head = text.slice(0, LONGEST)
  return `${head.slice(0, Math.max(0, head.lastIndexOf(' '), head.lastIndexOf('\n')))}…`
}

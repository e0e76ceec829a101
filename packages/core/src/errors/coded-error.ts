import { messageOf } from './code-of.ts'
import { redact, redactValue } from './redact.ts'

/** What an error carries besides its message. */
export interface CodedErrorOptions {
  /** What went wrong underneath; kept as `error.cause`. */
  cause?: unknown
  /** Whether the same call may succeed later without anyone changing anything. Default: decided by the code. */
  retryable?: boolean
  /** Facts for a log line: names, paths, limits. Never credentials. */
  context?: Readonly<Record<string, unknown>>
}

/** A coded error as JSON. */
export interface CodedErrorJson {
  readonly name: string
  readonly code: string
  readonly message: string
  readonly retryable: boolean
  readonly context: Readonly<Record<string, unknown>>
  /** The message of what went wrong underneath. */
  readonly cause?: string
}

function wordsOf(cause: unknown): string {
  try {
    return redact(messageOf(cause))
  } catch {
    return 'a value that has no text'
  }
}

/**
 * The base of the four kinds of error: a stable `code` to branch on, and a message that says what to do. Credentials in the
 * message, in `context` and in `cause` are masked here, so that nobody who makes an error has to.
 */
export class CodedError<Code extends string = string> extends Error {
  /** Stable across releases; the message is not. */
  readonly code: Code
  readonly retryable: boolean
  readonly context: Readonly<Record<string, unknown>>

  constructor(code: Code, message: string, { cause, retryable = false, context = {} }: CodedErrorOptions = {}) {
    super(redact(message), cause === undefined ? undefined : { cause: redactValue(cause) })
    this.name = new.target.name
    this.code = code
    this.retryable = retryable
    this.context = redactValue(context) as Readonly<Record<string, unknown>>
  }

  /** What `JSON.stringify` makes of it: all that helps whoever reads a status or a log, and the message of its cause. */
  toJSON(): CodedErrorJson {
    const { name, code, message, retryable, context, cause } = this
    const why = cause === undefined ? {} : { cause: wordsOf(cause) }
    return { name, code, message, retryable, context, ...why }
  }
}

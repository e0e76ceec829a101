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
}

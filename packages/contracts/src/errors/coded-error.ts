import { codeOf, messageOf } from './code-of.ts'
import { redact, redactFacts, redactValue } from './redact.ts'

/** The optional facts of an error. */
export interface CodedErrorOptions {
  /** The underlying error; it becomes `error.cause`. */
  cause?: unknown
  /**
   * Whether the same call may succeed later although nobody changes anything.
   * @defaultValue Decided by the code.
   */
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
  /** The message of the underlying error. */
  readonly cause?: string
}

/** The redacted value. A value that cannot be read, since it has a getter that throws, becomes an error that says so. */
function readable(value: unknown): unknown {
  try {
    return redactValue(value)
  } catch {
    return new Error(causeText(value))
  }
}

/** The redacted message of a cause, whatever was thrown. */
function causeText(cause: unknown): string {
  try {
    return redact(messageOf(cause))
  } catch {
    return 'a value that has no text'
  }
}

/**
 * The base class of `ConfigError`, `HostError`, `StoreError` and `PoolError`. Each error has a stable `code` to branch on and a
 * message that says what to do. The constructor redacts credentials in the message, in `context` and in `cause`, so that code
 * that throws an error does not have to.
 *
 * @example
 * ```ts
 * try {
 *   await pool.getOrCreateSession('chat-1')
 * } catch (error) {
 *   if (error instanceof CodedError && error.retryable) return retryLater(error.code)
 *   throw error
 * }
 * ```
 */
export class CodedError<Code extends string = string> extends Error {
  /** Stable across releases; the message may change. */
  readonly code: Code
  /** Whether the same call may succeed later although nobody changes anything. */
  readonly retryable: boolean
  /** Facts for a log line: names, paths, limits; without credentials. */
  readonly context: Readonly<Record<string, unknown>>

  constructor(code: Code, message: string, { cause, retryable = false, context = {} }: CodedErrorOptions = {}) {
    super(redact(message), cause === undefined ? undefined : { cause: readable(cause) })
    this.name = new.target.name
    this.code = code
    this.retryable = retryable
    this.context = redactFacts(context)
  }

  /** Called by `JSON.stringify`, so that a status or a log line in JSON says why. The cause is reduced to its message. */
  toJSON(): CodedErrorJson {
    const { name, code, message, retryable, context, cause } = this
    const why = cause === undefined ? {} : { cause: causeText(cause) }
    return { name, code, message, retryable, context, ...why }
  }
}

/**
 * Whether an error is a `CodedError`, also when another copy of this package made it. An error of another library that only has a
 * `code`, such as those of Node, is none.
 *
 * @example
 * ```ts
 * if (isCodedError(error) && error.retryable) return retryLater(error.code)
 * ```
 */
export function isCodedError(error: unknown): error is CodedError {
  // In this order, since nothing can be asked of a proxy that was revoked.
  if (codeOf(error) === undefined || !(error instanceof Error)) return false
  const { retryable, context, toJSON } = error as Partial<CodedError>
  return typeof retryable === 'boolean' && typeof context === 'object' && typeof toJSON === 'function'
}

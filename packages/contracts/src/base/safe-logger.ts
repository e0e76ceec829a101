import type { Logger } from '../contracts/logger.ts'
import { messageOf } from '../errors/code-of.ts'
import { redact, redactValue } from '../errors/redact.ts'

/**
 * Wraps a logger so that it never throws and never logs credentials. When `logger` throws, the line is lost and the request
 * goes on. All log lines of a pool pass through here, so no other code has to redact the messages of stores and services.
 */
export function safeLogger(logger: Logger): Logger {
  const guard =
    (level: keyof Logger) =>
    (fields: object, message: string): void => {
      try {
        logger[level](saidOnce(redacted(fields)), redact(message))
      } catch (error) {
        process.emitWarning(`The logger failed: ${messageOf(error)}`, 'SessionkeepLogger')
      }
    }
  return { debug: guard('debug'), info: guard('info'), warn: guard('warn'), error: guard('error') }
}

/** The redacted fields of a line. A field that cannot be read, such as an error with a getter that throws, is replaced by a text. */
function redacted(fields: object): object {
  try {
    return redactValue(fields) as object
  } catch {
    return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, readable(value)]))
  }
}

function readable(value: unknown): unknown {
  try {
    return redactValue(value)
  } catch {
    return redact(messageOf(value))
  }
}

/**
 * Loggers such as pino append the message of the cause to the message of an error. Messages of our errors repeat it already. To
 * have it once in the line, the logger then gets the error without its cause.
 */
function saidOnce(fields: object): object {
  const err: unknown = Reflect.get(fields, 'err')
  if (!(err instanceof Error) || !(err.cause instanceof Error)) return fields
  if (err.cause.message === '' || !err.message.includes(err.cause.message.replace(/\.$/, ''))) return fields
  return { ...fields, err: Object.create(err, { cause: { value: undefined } }) }
}

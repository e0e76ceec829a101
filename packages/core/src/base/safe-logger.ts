import type { Logger } from '../contracts/logger.ts'
import { messageOf } from '../errors/code-of.ts'
import { redact, redactValue } from '../errors/redact.ts'

/**
 * A logger that throws nothing and tells no credentials. When `logger` throws, the line is lost and the request goes on.
 * Every line of this package goes through here, so nobody else has to mask what a store or a service says.
 */
export function safeLogger(logger: Logger): Logger {
  const guard =
    (level: keyof Logger) =>
    (fields: object, message: string): void => {
      try {
        logger[level](redactValue(fields) as object, redact(message))
      } catch (error) {
        process.emitWarning(`The logger failed: ${messageOf(error)}`, 'SessionkeepLogger')
      }
    }
  return { debug: guard('debug'), info: guard('info'), warn: guard('warn'), error: guard('error') }
}

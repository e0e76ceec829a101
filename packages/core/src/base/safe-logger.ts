import type { Logger } from '../contracts/logger.ts'

/** `logger`, but one that throws is not our caller's problem: the line is lost, the request goes on. */
export function safeLogger(logger: Logger): Logger {
  const guard =
    (level: keyof Logger) =>
    (fields: object, message: string): void => {
      try {
        logger[level](fields, message)
      } catch (error) {
        process.emitWarning(
          `The logger failed: ${error instanceof Error ? error.message : String(error)}`,
          'SessionkeepLogger',
        )
      }
    }
  return { debug: guard('debug'), info: guard('info'), warn: guard('warn'), error: guard('error') }
}

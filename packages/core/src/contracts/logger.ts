/** Writes one line: its fields first, then its message. */
type LogMethod = (fields: object, message: string) => void

/** What we ask of a logger: pino's calls, so that pino itself, Fastify's and most wrappers fit. */
export interface Logger {
  debug: LogMethod
  info: LogMethod
  warn: LogMethod
  error: LogMethod
}

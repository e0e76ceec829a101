/** Writes one line: its fields first, then its message. */
type LogMethod = (fields: object, message: string) => void

/** The methods that the pool calls on a logger. They have the signature of pino, so that pino, Fastify's logger and most wrappers can be passed as they are. */
export interface Logger {
  debug: LogMethod
  info: LogMethod
  warn: LogMethod
  error: LogMethod
}

import pino from 'pino'
import type { Logger } from '../contracts/logger.ts'

/** pino on standard error, from `warn` up, never on standard output. Written at once, so that a crash loses no line. */
export function defaultLogger(): Logger {
  return pino({ name: 'sessionkeep', level: 'warn' }, pino.destination({ fd: 2, sync: true }))
}

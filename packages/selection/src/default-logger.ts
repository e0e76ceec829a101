import { createRequire } from 'node:module'
import type { Logger } from '@sessionkeep/contracts'
import { stderrLines } from './stderr-lines.ts'

type Fields = Parameters<Logger['warn']>[0]

/**
 * Makes the logger of a pool that is given none: pino on standard error, for `warn` and `error` alone. pino is loaded at the
 * first line, since most gateways log nothing or bring a logger of their own. Loading and writing are synchronous, so
 * that a crash right after a line does not lose it.
 */
export function defaultLogger(): Logger {
  let pinoLogger: Logger | undefined
  const loaded = (): Logger => {
    pinoLogger ??= loadPino()
    return pinoLogger
  }
  return {
    debug: () => {},
    info: () => {},
    warn: (fields: Fields, message: string) => loaded().warn(fields, message),
    error: (fields: Fields, message: string) => loaded().error(fields, message),
  }
}

function loadPino(): Logger {
  const pino = createRequire(import.meta.url)('pino') as typeof import('pino').default
  return pino({ name: 'sessionkeep', level: 'warn' }, stderrLines())
}

import { createRequire } from 'node:module'
import type { Logger } from '@sessionkeep/contracts'
import { LOG_LEVEL_VARIABLE } from './environment.ts'
import { type LineWriter, stderrLines } from './stderr-lines.ts'

/** The levels of `SESSIONKEEP_LOG_LEVEL`, with the most lines first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
const DEFAULT_LEVEL = 'info'

/**
 * Makes the logger of a pool that is given none: pino on standard error, from the level of `SESSIONKEEP_LOG_LEVEL` up. pino is
 * loaded at the first line, since many gateways bring a logger of their own. Loading and writing are synchronous, so that a
 * crash right after a line does not lose it.
 */
export function defaultLogger(
  variables: Readonly<Record<string, string | undefined>> = process.env,
  writer: () => LineWriter = stderrLines,
): Logger {
  const wanted = variables[LOG_LEVEL_VARIABLE]?.trim().toLowerCase() || DEFAULT_LEVEL
  const level = LOG_LEVELS.find((each) => each === wanted) ?? DEFAULT_LEVEL
  let pinoLogger: Logger | undefined
  const load = (): Logger => {
    const pino = createRequire(import.meta.url)('pino') as typeof import('pino').default
    const logger = pino({ name: 'sessionkeep', level }, writer())
    if (wanted !== level)
      logger.warn({ variable: LOG_LEVEL_VARIABLE, levels: LOG_LEVELS, used: level }, 'The log level is not known')
    return logger
  }
  const from = (lowest: (typeof LOG_LEVELS)[number]): Logger['warn'] => {
    if (LOG_LEVELS.indexOf(lowest) < LOG_LEVELS.indexOf(level)) return () => {}
    return (fields: object, message: string) => {
      pinoLogger ??= load()
      pinoLogger[lowest as keyof Logger](fields, message)
    }
  }
  return { debug: from('debug'), info: from('info'), warn: from('warn'), error: from('error') }
}

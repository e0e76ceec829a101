<<<<<<< HEAD
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
=======
import { hostname } from 'node:os'
import { inspect } from 'node:util'
import { codeOf, type Logger, messageOf } from '@sessionkeep/contracts'
import { systemClock } from '@sessionkeep/contracts/internal'
import { stderrLines } from './stderr-lines.ts'

type LogMethod = Logger['warn']

/** The levels that are written, with the numbers that pino gives them. */
const LEVELS = { warn: 40, error: 50 } as const

/**
 * Makes the logger of a pool that is given none: one line of JSON on standard error for each `warn` and `error`, in the form of
 * pino, so that the same tools read both. It needs no package, because it has to work in a bundle too. A line is written before
 * the call returns, so that a crash right after it does not lose it.
 */
export function defaultLogger(): Logger {
  let lines: ReturnType<typeof stderrLines> | undefined
  const writeAs =
    (level: number): LogMethod =>
    (fields, message) => {
      lines ??= stderrLines()
      lines.write(lineOf(level, fields, message))
    }
  return { debug: () => {}, info: () => {}, warn: writeAs(LEVELS.warn), error: writeAs(LEVELS.error) }
}

/** Writes one line of a log as JSON. Fields that JSON cannot express are written as text, so that no line is lost. */
export function lineOf(level: number, fields: object, msg: string): string {
  const about = { level, time: systemClock.date(), pid: process.pid, hostname: hostname(), name: 'sessionkeep' }
  const shown = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, shownError(value)]))
  try {
    return `${JSON.stringify({ ...about, ...shown, msg })}\n`
  } catch {
    return `${JSON.stringify({ ...about, fields: inspect(shown), msg })}\n`
  }
}

/** An error as plain JSON with its stack; any other value unchanged. */
function shownError(value: unknown): unknown {
  if (!(value instanceof Error)) return value
  const { name, stack, cause } = value
  const code = codeOf(value)
  return {
    ...{ type: name, message: messageOf(value), stack },
    ...(code === undefined ? {} : { code }),
    ...(cause === undefined ? {} : { cause: shownError(cause) }),
  }
>>>>>>> main
}

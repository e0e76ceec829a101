import { createRequire } from 'node:module'
import { hostname } from 'node:os'
import { inspect } from 'node:util'
import { codeOf, type Logger, messageOf } from '@sessionkeep/contracts'
import { systemClock } from '@sessionkeep/contracts/internal'
import { LOG_LEVEL_VARIABLE } from './environment.ts'
import { type LineWriter, stderrLines } from './stderr-lines.ts'

type LogMethod = Logger['warn']
type Level = keyof Logger

/** The levels of lines, with the numbers that pino gives them. */
const NUMBERS: Readonly<Record<Level, number>> = { debug: 20, info: 30, warn: 40, error: 50 }
/** The values of `SESSIONKEEP_LOG_LEVEL`, with the most lines first. */
const LOG_LEVELS = [...(Object.keys(NUMBERS) as Level[]), 'silent'] as const
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
  const lowest = LOG_LEVELS.find((each) => each === wanted) ?? DEFAULT_LEVEL
  let made: Logger | undefined
  const make = (): Logger => {
    const logger = makeLogger(writer())
    if (wanted !== lowest)
      logger.warn({ variable: LOG_LEVEL_VARIABLE, levels: LOG_LEVELS, used: lowest }, 'The log level is not known')
    return logger
  }
  const at = (level: Level): LogMethod => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(lowest)) return () => {}
    return (fields, message) => {
      made ??= make()
      made[level](fields, message)
    }
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** Makes a logger that writes every level: `defaultLogger()` drops the lines that are not wanted before they come here. */
function makeLogger(lines: LineWriter): Logger {
  try {
    const require = createRequire(import.meta.url)
    const pino = require('pino') as typeof import('pino').default
    return pino({ name: 'sessionkeep', level: 'debug' }, lines)
  } catch (error) {
    // A bundle as CommonJS has no `import.meta.url`, which makes the second code.
    if (!['MODULE_NOT_FOUND', 'ERR_INVALID_ARG_VALUE'].includes(codeOf(error) ?? '')) throw error
    return plainLogger(lines)
  }
}

/** A logger that needs no package, for a bundle, which may lie where pino cannot be found. Its lines have the form of pino's. */
function plainLogger(lines: LineWriter): Logger {
  const at =
    (level: Level): LogMethod =>
    (fields, message) =>
      lines.write(lineOf(NUMBERS[level], fields, message))
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
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
}

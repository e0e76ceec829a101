import { createRequire } from 'node:module'
import { hostname } from 'node:os'
import { inspect } from 'node:util'
import { codeOf, type Logger, messageOf } from '@sessionkeep/contracts'
import { systemClock } from '@sessionkeep/contracts/internal'
import { type LineWriter, stderrLines } from './stderr-lines.ts'

type LogMethod = Logger['warn']
type Fields = Parameters<LogMethod>[0]

/** The levels that are written, with the numbers that pino gives them. */
const LEVELS = { warn: 40, error: 50 } as const

/**
 * Makes the logger of a pool that is given none: pino on standard error, for `warn` and `error` alone. pino is loaded at the
 * first line, since most gateways log nothing or bring a logger of their own. Loading and writing are synchronous, so
 * that a crash right after a line does not lose it.
 */
export function defaultLogger(): Logger {
  let made: Logger | undefined
  const logger = (): Logger => {
    made ??= makeLogger(stderrLines())
    return made
  }
  return {
    debug: () => {},
    info: () => {},
    warn: (fields: Fields, message: string) => logger().warn(fields, message),
    error: (fields: Fields, message: string) => logger().error(fields, message),
  }
}

function makeLogger(lines: LineWriter): Logger {
  const require = createRequire(import.meta.url)
  try {
    const pino = require('pino') as typeof import('pino').default
    return pino({ name: 'sessionkeep', level: 'warn' }, lines)
  } catch (error) {
    if (codeOf(error) !== 'MODULE_NOT_FOUND') throw error
    return plainLogger(lines)
  }
}

/** A logger without a package, for a bundle: it lies where pino cannot be found. Its lines have the form of pino's. */
function plainLogger(lines: LineWriter): Logger {
  const writeAs =
    (level: number): LogMethod =>
    (fields, message) =>
      lines.write(lineOf(level, fields, message))
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
}

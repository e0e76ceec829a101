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
}

import { expect, test } from 'vitest'
import { defaultLogger, LOG_LEVELS } from '../src/default-logger.ts'

/** The messages that a logger with this level writes of one line of each level. */
function written(level?: string): string[] {
  const lines: string[] = []
  const write = (line: string) => void lines.push(JSON.parse(line).msg)
  const logger = defaultLogger({ SESSIONKEEP_LOG_LEVEL: level }, () => ({ write }))
  for (const each of ['debug', 'info', 'warn', 'error'] as const) logger[each]({}, each)
  return lines
}

test.each([
  [undefined, ['info', 'warn', 'error']],
  ['', ['info', 'warn', 'error']],
  ['debug', ['debug', 'info', 'warn', 'error']],
  [' WARN ', ['warn', 'error']],
  ['error', ['error']],
  ['silent', []],
])('with the level %j the default logger writes %j', (level, expected) => {
  expect(written(level)).toEqual(expected)
})

test('a level that is not known is told, and info is used', () => {
  expect(written('loud')).toEqual(['The log level is not known', 'info', 'warn', 'error'])
  expect(LOG_LEVELS).toContain('info')
})

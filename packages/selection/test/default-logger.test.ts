import { StoreError } from '@sessionkeep/contracts'
import { expect, test } from 'vitest'
import { defaultLogger, lineOf } from '../src/default-logger.ts'

const written = (fields: object) => JSON.parse(lineOf(40, fields, 'The store failed')) as Record<string, unknown>

test('a line has the fields of pino, and ends', () => {
  expect(written({ store: 'file' })).toMatchObject({
    ...{ level: 40, name: 'sessionkeep', pid: process.pid, store: 'file', msg: 'The store failed' },
    time: expect.any(Number),
  })
  expect(lineOf(50, {}, 'x').endsWith('"msg":"x"}\n')).toBe(true)
})

test('an error is shown with its code, its stack and its cause', () => {
  const err = new StoreError('STORE_FULL', 'no room', { cause: new Error('ENOSPC') })
  expect(written({ err }).err).toMatchObject({
    ...{ type: 'StoreError', code: 'STORE_FULL', message: 'no room', stack: expect.stringContaining('no room') },
    cause: { message: 'ENOSPC' },
  })
})

test('fields that JSON cannot express are written as text', () => {
  const itself: Record<string, unknown> = { count: 3n }
  itself.itself = itself
  expect(written({ itself })).toMatchObject({ msg: 'The store failed', fields: expect.stringContaining('count: 3n') })
})

/** The messages that a logger with this level writes of one line of each level. */
function messages(level?: string): string[] {
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
  expect(messages(level)).toEqual(expected)
})

test('a level that is not known is told, and info is used', () => {
  expect(messages('loud')).toEqual(['The log level is not known', 'info', 'warn', 'error'])
})

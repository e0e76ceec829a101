import { describe, expect, test } from 'vitest'
import { safeLogger } from '../../src/base/safe-logger.ts'
import { StoreError } from '../../src/errors/store-error.ts'

/** Logs an error as pino writes it: with the messages of its causes behind its own. */
function written(err: Error): string {
  let text = ''
  const write = (fields: { err?: Error }) => {
    for (let error = fields.err; error; error = error.cause as Error | undefined)
      text += text === '' ? error.message : `: ${error.message}`
  }
  safeLogger({ debug: write, info: write, warn: write, error: write }).warn({ err }, 'x')
  return text
}

describe('the text of a logged error', () => {
  const cause = new Error('connect ECONNREFUSED 127.0.0.1:6379')

  test('is not written twice when the message repeats its cause', () => {
    const message = 'Could not open redis://x: connect ECONNREFUSED 127.0.0.1:6379.'
    expect(written(new StoreError('STORE_UNAVAILABLE', message, { cause }))).toBe(message)
  })

  test('has the cause that the message does not repeat', () => {
    expect(written(new StoreError('STORE_UNAVAILABLE', 'Could not open x.', { cause }))).toBe(
      `Could not open x.: ${cause.message}`,
    )
  })

  test('keeps its code, its context and its class', () => {
    const lines: object[] = []
    const note = (fields: object) => void lines.push(fields)
    const err = new StoreError('STORE_FULL', `Full: ${cause.message}.`, { cause, context: { server: 'x' } })
    safeLogger({ debug: note, info: note, warn: note, error: note }).warn({ err, store: 'keyv' }, 'x')
    expect(lines).toEqual([{ store: 'keyv', err: expect.any(StoreError) }])
    expect(lines[0]).toMatchObject({ err: { code: 'STORE_FULL', context: { server: 'x' }, stack: err.stack } })
  })
})

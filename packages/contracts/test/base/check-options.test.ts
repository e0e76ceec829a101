import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { checkOptions, strictOptions } from '../../src/base/check-options.ts'

const schema = strictOptions({ timeoutMs: z.number('must be a number').optional(), reason: z.string().optional() })
const refused = (given: unknown): Error => {
  try {
    checkOptions('verb()', schema, given)
  } catch (error) {
    return error as Error
  }
  throw new Error('it was taken')
}

test('returns valid options', () => {
  expect(checkOptions('verb()', schema, { reason: 'x' })).toEqual({ reason: 'x' })
  expect(checkOptions('verb()', schema, Object.create(null))).toEqual({})
})

test.each<[unknown, string]>([
  [null, 'not null'],
  [5, 'not a number'],
  ['timeoutMs', 'not a string'],
  [[], 'not an array'],
  [new Map([['reason', 'x']]), 'not an instance of Map'],
  [Promise.resolve({ reason: 'x' }), 'not a promise'],
  [{ timoutMs: 5 }, 'timoutMs is not an option; did you mean "timeoutMs"?'],
  [{ colour: 5 }, 'colour is not an option; the options are timeoutMs, reason'],
  [{ timeoutMs: 'hunter2' }, 'timeoutMs: must be a number'],
  [{ 'redis://:hunter2@h': 1 }, '(a key of 18 characters) is not an option'],
])('refuses %s and names the method: %s', (given, words) => {
  expect(refused(given)).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(words) })
  expect(refused(given).message).toMatch(/^verb\(\) cannot use these options: (?!.*hunter2)/s)
})

test('refuses an object whose getter throws, and redacts the login in that error', () => {
  const given = {
    get reason(): string {
      throw new Error('no redis://u:hunter2@h')
    },
  }
  const error = refused(given)
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('redis://***@h') })
  expect(inspect(error)).not.toContain('hunter2')
})

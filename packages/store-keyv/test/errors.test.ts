import { StoreError } from '@sessionkeep/contracts'
import { describe, expect, test } from 'vitest'
import { storeError, timedOut } from '../src/errors.ts'
import { everythingIn } from './support/fixture.ts'
import { targetOf } from './support/target-of.ts'

const uri = 'postgres://keeper:s3cret%2Fword@host/db?sslpassword=h1dden&sslmode=require'
const target = targetOf(uri)

describe('storeError()', () => {
  test('masks a password of one letter only inside quotes', () => {
    const error = storeError(
      new Error("a user may not say 'a' at a server"),
      { server: 'redis://h', secrets: ['a'] },
      'use',
    )
    expect(error.message).toBe("Could not use redis://h: a user may not say '***' at a server.")
  })

  test.each([
    `connect to ${uri} failed`,
    'password "s3cret/word" is wrong',
    'cannot parse s3cret%2Fword',
    'no such user "keeper"',
    'key h1dden does not fit',
  ])('%s: neither message, cause, context nor stack shows a secret', (message) => {
    const error = new Error(message, { cause: new Error(message) })
    const shown = everythingIn(
      storeError(Object.assign(error, { input: uri, config: { password: 's3cret/word' } }), target, 'open'),
    )
    expect(shown).not.toMatch(/s3cret|h1dden|"keeper"/)
    expect(shown).toContain('postgres://host/db')
  })

  test.each([
    ['open', '28P01', 'STORE_MISCONFIGURED'],
    ['use', '28P01', 'STORE_UNAVAILABLE'],
    ['use', '53100', 'STORE_FULL'],
    ['open', '3 INVALID_ARGUMENT: etcdserver: user name is empty', 'STORE_MISCONFIGURED'],
    ['use', 'SQLITE_FULL', 'STORE_FULL'],
    ['open', 'ECONNREFUSED', 'STORE_UNAVAILABLE'],
    ['use', '4 DEADLINE_EXCEEDED', 'STORE_TIMEOUT'],
    ['open', 'MISCONF Redis is configured to save RDB snapshots', 'STORE_READ_ONLY'],
    ['open', "ERR unknown command 'EVAL', with args beginning with: 'x'", 'STORE_MISCONFIGURED'],
  ] as const)('during %s, the code %s is %s', (action, code, kind) => {
    expect(storeError(Object.assign(new Error('no'), { code }), target, action)).toMatchObject({ code: kind })
  })

  test('an address without a login stays readable', () => {
    const error = new Error('connect ECONNREFUSED 127.0.0.1:1')
    expect(storeError(error, targetOf('redis://127.0.0.1:1'), 'open').message).toContain('ECONNREFUSED 127.0.0.1:1')
  })

  test('a failed connect to several addresses reports each, and a StoreError is not changed', () => {
    const each = new AggregateError([new Error('refused ::1'), new Error('refused 127.0.0.1')])
    expect(storeError(each, target, 'open').message).toContain('refused ::1; refused 127.0.0.1')
    const coded = new StoreError('STORE_CLOSED', 'closed')
    expect(storeError(coded, target, 'use')).toBe(coded)
  })

  // The time-out fails the test when the time grows with the square of the length.
  test.each([
    ['full stops', '.'],
    ['spaces', ' '],
    ['notes without an end', 'Resolution note:  '],
  ])('a long message of a server does not hold up the gateway: %s', { timeout: 5000 }, (_what, part) => {
    const error = new Error(`${part.repeat(100_000)}x`)
    expect(storeError(error, target, 'open').message).toContain('Could not open postgres://host/db')
  })

  test('a message that ends with a full stop gets no second one', () => {
    const error = new Error('WRONGPASS invalid username-password pair or user is disabled.')
    expect(storeError(error, targetOf('redis://h:1'), 'open').message).toMatch(/user is disabled\.$/)
  })
})

test.each(['rediss://h:1', 'valkeys://h:1'])(
  'the time-out of a TLS server hints at a port without TLS: %s',
  (server) => {
    expect(timedOut(targetOf(server), '5 ms have passed').message).toContain('without TLS')
    expect(timedOut(targetOf('redis://h:1'), '5 ms have passed').message).toMatch(/5 ms have passed\.$/)
  },
)

import { expect, test } from 'vitest'
import { StoreError, toStoreError } from '../../src/errors/store-error.ts'

test('an error as JSON has code, message, context and cause, without credentials', () => {
  const cause = new Error('connect redis://me:hunter2@h failed')
  const error = new StoreError('STORE_UNAVAILABLE', 'The store does not answer.', { cause, context: { store: 'keyv' } })
  expect(JSON.parse(JSON.stringify({ lastError: error }))).toEqual({
    lastError: {
      name: 'StoreError',
      code: 'STORE_UNAVAILABLE',
      message: 'The store does not answer.',
      retryable: true,
      context: { store: 'keyv' },
      cause: 'connect redis://***@h failed',
    },
  })
})

test('the error of a failed connect to several addresses has the answer of each in its message and JSON', () => {
  const refused = (address: string) => new Error(`connect ECONNREFUSED ${address}`)
  const aggregate = new AggregateError([refused('::1:6379'), refused('127.0.0.1:6379')])
  const error = toStoreError(aggregate, 'keyv', 'open')
  const words = 'connect ECONNREFUSED ::1:6379; connect ECONNREFUSED 127.0.0.1:6379'
  expect(error.message).toBe(`open() of store keyv failed: ${words}`)
  expect(error.toJSON().cause).toBe(words)
  const withLogin = new StoreError('STORE_UNAVAILABLE', 'No answer.', {
    cause: new AggregateError([new Error('redis://me:hunter2@h refused')]),
  })
  expect(withLogin.toJSON().cause).toBe('redis://***@h refused')
})

test('an error with the code of a store that was put together by hand keeps its code, and has its message in the JSON', () => {
  const byHand = Object.assign(new Error('disk full at redis://me:hunter2@h'), { code: 'STORE_FULL' })
  expect(JSON.parse(JSON.stringify(toStoreError(byHand, 'own', 'setMany')))).toEqual({
    ...{ name: 'StoreError', code: 'STORE_FULL', message: 'disk full at redis://***@h' },
    ...{ retryable: true, context: { store: 'own', verb: 'setMany' } },
  })
})

test('an error whose message and cause cannot be read still becomes an error with a code', () => {
  const unreadable = {
    get message(): string {
      throw new Error('no message')
    },
    toString(): string {
      throw new Error('no text')
    },
  }
  expect(toStoreError(unreadable, 'own', 'setMany')).toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: 'setMany() of store own failed: an error that cannot be read',
  })
  const withCode = Object.defineProperty(Object.assign(new Error('x'), { code: 'STORE_FULL' }), 'message', {
    get: unreadable.toString,
  })
  expect(toStoreError(withCode, 'own', 'setMany')).toMatchObject({ code: 'STORE_FULL' })
})

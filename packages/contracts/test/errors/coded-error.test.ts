import { inspect } from 'node:util'
import { expect, test, vi } from 'vitest'
import { isCodedError } from '../../src/errors/coded-error.ts'
import type { HostError } from '../../src/errors/host-error.ts'
import { hostFailure } from '../../src/errors/host-failure.ts'
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

test('the facts of an error are always JSON, whatever somebody else has put there', () => {
  const circular: Record<string, unknown> = { name: 'a' }
  circular.self = circular
  class Client {
    readonly password = 'hunter2'
    toJSON() {
      throw new Error('hands off')
    }
  }
  const context = { size: 10n, circular, client: new Client(), at: { toJSON: () => circular }, when: new Date(0) }
  const { size, when, ...error } = JSON.parse(JSON.stringify(new StoreError('STORE_FULL', 'x', { context }))).context
  expect({ size, when }).toEqual({ size: '10', when: '1970-01-01T00:00:00.000Z' })
  expect(JSON.stringify(error)).not.toContain('hunter2')
})

test('an error can be made although its facts cannot be read', () => {
  const refuse = () => {
    throw new Error('hands off')
  }
  for (const context of [
    new Proxy({}, { ownKeys: refuse }),
    Object.defineProperty({}, 'a', { enumerable: true, get: refuse }),
  ])
    expect(new StoreError('STORE_FULL', 'x', { context }).toJSON()).toMatchObject({ code: 'STORE_FULL', message: 'x' })
})

test('a proxy that was revoked becomes an error with a code', () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  expect(toStoreError(proxy, 'own', 'setMany')).toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect(hostFailure(proxy, 'docs')).toMatchObject({ code: 'HOST_REFUSED' })
})

test('an error of the system that a host rejects with gets a code of the host, and shows no login', () => {
  const given = Object.assign(new Error('connect ECONNREFUSED redis://u:hunter2@h'), { code: 'ECONNREFUSED' })
  const error = hostFailure(given, 'docs') as HostError
  expect(error).toMatchObject({ code: 'HOST_REFUSED', cause: { code: 'ECONNREFUSED' } })
  expect(inspect(error, { depth: 10 })).not.toContain('hunter2')
  const ofProgram = Object.assign(new Error('x'), { code: 'QUOTA_EXCEEDED' })
  expect(hostFailure(ofProgram, 'docs')).toBe(ofProgram)
})

test('a coded error is told by its shape, so that another copy of this package may have made it', async () => {
  vi.resetModules()
  const { StoreError: Other } = await import('../../src/errors/store-error.ts')
  const other = new Other('STORE_FULL', 'no room')
  expect(other).not.toBeInstanceOf(StoreError)
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  const others = [Object.assign(new Error('gone'), { code: 'ENOENT' }), new Error('x'), null, 'x', revoked.proxy]
  expect([new StoreError('STORE_FULL', 'no room'), other, ...others].map(isCodedError)).toEqual([
    ...[true, true],
    ...others.map(() => false),
  ])
})

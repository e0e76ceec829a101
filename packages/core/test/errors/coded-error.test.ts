import { expect, test } from 'vitest'
import { StoreError } from '../../src/index.ts'

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

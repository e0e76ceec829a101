import { expect, test } from 'vitest'
import { memoryHost } from '../../src/index.ts'
import { makePool } from '../support/pools.ts'

const invalid = expect.objectContaining({ code: 'CONFIG_INVALID' })

test('an empty prefix is refused when the pool is made: everybody’s sessions would be ours', () => {
  expect(() => makePool({ host: memoryHost(), sessionPrefix: '' })).toThrow(invalid)
})

test('an asynchronous schema is refused when the pool is made', () => {
  const attributes = {
    '~standard': { version: 1 as const, vendor: 'test', validate: async (value: unknown) => ({ value }) },
  }
  expect(() => makePool({ host: memoryHost(), attributes: attributes as never })).toThrow(invalid)
})

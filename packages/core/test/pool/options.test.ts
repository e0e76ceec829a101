import { expect, test } from 'vitest'
import { createSessionPool, type MetadataOptions } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { makePool } from '../support/pools.ts'
import { clock } from '../support/time.ts'

const invalid = expect.objectContaining({ code: 'CONFIG_INVALID' })

test('an empty prefix is refused when the pool is created, because every session would belong to it', () => {
  expect(() => makePool({ host: memoryHost({ clock }), sessionPrefix: '' })).toThrow(invalid)
})

test('an asynchronous schema is refused when the pool is created', () => {
  const attributes = {
    '~standard': { version: 1 as const, vendor: 'test', validate: async (value: unknown) => ({ value }) },
  }
  expect(() => makePool({ host: memoryHost({ clock }), attributes: attributes as never })).toThrow(invalid)
})

test.each<[unknown, string]>([
  [Promise.resolve({ store: 'memory' }), 'is a promise'],
  [new Map([['store', 'memory']]), 'is an instance of Map'],
  [[], 'is an array'],
  ['memory', 'is a string'],
])('metadata that is no object of options is refused, and does not count as the defaults: %s', (metadata, words) => {
  const make = () => createSessionPool({ clock, host: memoryHost({ clock }), metadata: metadata as MetadataOptions })
  expect(make).toThrow(invalid)
  expect(make).toThrow(words)
})

test('metadata may be an instance of a class of a configuration framework', () => {
  class Settings {
    store = 'none'
  }
  const { desired } = createSessionPool({ clock, host: memoryHost({ clock }), metadata: new Settings() }).persistence()
  expect(desired).toMatchObject({ store: 'none', layer: 'config' })
})

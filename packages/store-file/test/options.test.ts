import { expect, test } from 'vitest'
import plugin, { fileStore } from '../src/index.ts'

const messagesOf = (value: unknown) => {
  const result = plugin.options['~standard'].validate(value)
  if (result instanceof Promise) throw new Error('The schema is to be synchronous.')
  return result.issues?.map(({ message }) => message)
}

test('the default export is the plug-in named file, whose store touches nothing before open()', () => {
  expect([plugin.name, plugin.apiVersion]).toEqual(['file', 1])
  const logger = { debug() {}, info() {}, warn() {}, error() {} }
  const store = plugin.create({ directory: '/nowhere/at/all', durability: 'process' }, { logger })
  expect([store.name, store.capabilities]).toEqual(['file', { durability: 'process', retains: true, shared: false }])
})

test('options are a directory and a durability, both optional', () => {
  for (const value of [
    {},
    { directory: 'x' },
    { directory: undefined, durability: 'power' },
    { durability: 'process' },
  ]) {
    expect(messagesOf(value)).toBeUndefined()
  }
  expect(fileStore({ directory: 'x' }).capabilities.durability).toBe('power')
})

test('wrong options are refused with a readable message', () => {
  expect(messagesOf({ dirctory: '/x' })).toEqual(['dirctory is not an option; did you mean "directory"?'])
  expect(messagesOf({ directory: '', durability: 'disk' })).toEqual([
    'expected a path',
    'expected "power" or "process"',
  ])
  for (const value of [null, [], 'x', 1]) {
    expect(messagesOf(value)).toEqual([expect.stringContaining('expected an object of options, and not ')])
  }
  expect(() => fileStore({ directory: 1 as unknown as string })).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('directory: expected a path') }),
  )
})

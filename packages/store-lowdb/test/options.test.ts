import { expect, test } from 'vitest'
import { after } from '../../disk/test/support/fixture.ts'
import plugin, { lowdbStore } from '../src/index.ts'
import { checkedOptions } from '../src/options.ts'

const messagesOf = async (value: unknown) =>
  (await plugin.options['~standard'].validate(value)).issues?.map(({ message }) => message)

test('the default export is the plug-in named lowdb, whose store touches nothing before open()', () => {
  expect([plugin.name, plugin.apiVersion]).toEqual(['lowdb', 1])
  const logger = { debug() {}, info() {}, warn() {}, error() {} }
  const store = plugin.create({ file: '/nowhere/at/all.json', durability: 'process' }, { logger })
  expect([store.name, store.capabilities]).toEqual(['lowdb', { durability: 'process', retains: true, shared: false }])
})

test('options are a file and a durability, both optional', async () => {
  for (const value of [{}, { file: 'x.json' }, { file: undefined, durability: 'power' }, { durability: 'process' }]) {
    expect(await messagesOf(value)).toBeUndefined()
  }
  const before = process.env.SESSIONKEEP_DIRECTORY
  after(() => {
    process.env.SESSIONKEEP_DIRECTORY = before
    if (before === undefined) delete process.env.SESSIONKEEP_DIRECTORY
  })
  process.env.SESSIONKEEP_DIRECTORY = '/data/sessions'
  expect(checkedOptions({})).toEqual({ file: '/data/sessions/sessions.lowdb.json', durability: 'power' })
})

test('wrong options are refused with a readable message', async () => {
  expect(await messagesOf({ fil: '/x' })).toEqual(['fil is not an option; did you mean "file"?'])
  for (const file of ['', 'a\0b', 'directory/', 1])
    expect(await messagesOf({ file })).toEqual(['expected the path of a file'])
  expect(await messagesOf({ durability: 'disk' })).toEqual(['expected "power" or "process"'])
  for (const value of [null, [], 'x', 1]) {
    expect(await messagesOf(value)).toEqual([expect.stringContaining('expected an object of options, and not ')])
  }
  expect(() => lowdbStore({ file: 1 as unknown as string })).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('file: expected the path') }),
  )
})

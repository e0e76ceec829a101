import { join } from 'node:path'
import { inspect } from 'node:util'
import { memoryStore } from '@sessionkeep/contracts'
import { expect, test } from 'vitest'
import { makeFixture } from '../../core/test/support/fixture.ts'
import { silentLogger } from '../../core/test/support/held-store.ts'
import { sourcesOf } from '../../core/test/support/store-sources.ts'
import { loadStore } from '../src/load-store.ts'

const plugin = (create: string, validate = '(value) => ({ value })') =>
  `export default { name: 'x', apiVersion: 1, options: { '~standard': { version: 1, vendor: 'x', validate: ${validate} } }, create: ${create} }`

const failureOf = async (source: string, given?: unknown): Promise<unknown> => {
  const path = join(makeFixture({ 'store.mjs': source }), 'store.mjs')
  const stores = given === undefined ? {} : { [path]: given }
  return loadStore(path, sourcesOf(stores), silentLogger).catch((thrown: unknown) => thrown)
}

test.each([
  ['while it is loaded', 'throw new Error("cannot reach postgres://me:hunter2@db")'],
  ['in create()', plugin('() => { throw new Error("cannot reach postgres://me:hunter2@db") }')],
])('a login in an error that a plug-in throws %s is redacted everywhere, also in causes', async (_, source) => {
  const error = await failureOf(source)
  expect(error).toMatchObject({ code: 'CONFIG_PLUGIN_INVALID', message: expect.stringContaining('postgres://***@db') })
  expect(inspect(error)).not.toContain('hunter2')
})

test('a plug-in whose create() returns a promise is refused, and a rejection of that promise is handled', async () => {
  const error = await failureOf(plugin('async () => { throw new Error("late") }'))
  expect(error).toMatchObject({ code: 'CONFIG_PLUGIN_INVALID', message: expect.stringContaining('a promise') })
})

const made = (capabilities: string) =>
  plugin(
    `() => ({ name: 'theirs', capabilities: ${capabilities}, getMany() {}, setMany() {}, deleteMany() {}, list() {} })`,
  )

test.each([
  ["{ durability: 'immortal', retains: true, shared: true }", 'durability'],
  ["{ durability: 'power', retains: 'yes', shared: true }", 'retains'],
  ["{ durability: 'power', retains: true }", 'shared'],
  ["{ durability: 'power', retains: true, shared: false, liveOnly: 1 }", 'liveOnly'],
])('a plug-in whose capabilities are %s is refused when it is selected', async (capabilities, fault) => {
  const error = await failureOf(made(capabilities))
  expect(error).toMatchObject({
    code: 'CONFIG_PLUGIN_INVALID',
    message: expect.stringMatching(new RegExp(`capabilities of store "theirs" are wrong: ${fault} must be`)),
  })
})

test('a store object with wrong capabilities is refused as an invalid option', async () => {
  const store = { ...memoryStore(), capabilities: { durability: 'immortal', retains: true, shared: true } as never }
  await expect(loadStore(store, sourcesOf(), silentLogger)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})

test.each(['undefined', 'null', '"memory"', '({ getMany() {} })', '(() => {})'])(
  'a create() that returns %s is reported as a fault of the plug-in',
  async (made) => {
    const error = await failureOf(plugin(`() => ${made}`))
    expect(error).toMatchObject({ code: 'CONFIG_PLUGIN_INVALID' })
    expect((error as Error).message).toMatch(
      /^Store ".*store\.mjs" cannot be created: its create\(\) returns no MetadataStore/,
    )
  },
)

test.each([
  ['async (value) => ({ value })', 'returns a promise'],
  ['async () => { throw new Error("late") }', 'returns a promise'],
  ['() => 5', 'returns neither'],
  ['() => undefined', 'returns neither'],
  ['() => ({})', 'returns neither'],
  ['() => ({ issues: "no" })', 'returns neither'],
  ['() => ({ issues: [undefined] })', 'returns neither'],
  ['() => { throw new Error("no postgres://me:hunter2@db") }', 'no postgres://***@db'],
])(
  'a schema that returns no result is reported as a fault of the plug-in, and no store is created: %s',
  async (validate, words) => {
    const error = await failureOf(plugin('() => { throw new Error("it was made") }', validate))
    expect(error).toMatchObject({ code: 'CONFIG_PLUGIN_INVALID', message: expect.stringContaining(words) })
    expect(inspect(error)).not.toContain('hunter2')
  },
)

test.each([
  ['() => ({ issues: [{}] })', 'are wrong: refused by its schema, which does not say why'],
  ['() => ({ issues: [] })', 'are wrong: refused by its schema, which does not say why'],
  ['() => ({ issues: [{ message: "", path: ["a"] }] })', 'are wrong: a: refused by its schema'],
])('a schema that refuses options without a message is reported: %s', async (validate, words) => {
  const error = await failureOf(plugin('() => undefined', validate))
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(words) })
})

test.each([
  [null, 'not null'],
  [5, 'not a number'],
  [Promise.resolve({}), 'not a promise'],
  [new Map(), 'not an instance of Map'],
])('options that are no object of options are refused before the plug-in gets them: %s', async (given, words) => {
  const error = await failureOf(plugin('() => { throw new Error("it was made") }'), given)
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(words) })
})

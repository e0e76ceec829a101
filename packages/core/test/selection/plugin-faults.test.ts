import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { loadStore } from '../../src/selection/load-store.ts'
import { makeGround } from '../support/ground.ts'
import { silentLogger } from '../support/held-store.ts'

const options = `{ '~standard': { version: 1, vendor: 'x', validate: (value) => ({ value }) } }`
const plugin = (create: string) => `export default { name: 'x', apiVersion: 1, options: ${options}, create: ${create} }`

const failureOf = async (source: string): Promise<unknown> => {
  const ground = makeGround({ 'store.mjs': source })
  return loadStore(join(ground, 'store.mjs'), {}, silentLogger).catch((thrown: unknown) => thrown)
}

test.each([
  ['while it is loaded', 'throw new Error("cannot reach postgres://me:hunter2@db")'],
  ['in create()', plugin('() => { throw new Error("cannot reach postgres://me:hunter2@db") }')],
])('a login in what a plug-in throws %s is told nowhere, in no cause either', async (_, source) => {
  const error = await failureOf(source)
  expect(error).toMatchObject({ code: 'CONFIG_PLUGIN_INVALID', message: expect.stringContaining('postgres://***@db') })
  expect(inspect(error)).not.toContain('hunter2')
})

test('a plug-in that makes its store in a promise is refused, and what becomes of that promise hurts nobody', async () => {
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
])('a plug-in whose capabilities are %s is refused when it is chosen', async (capabilities, fault) => {
  const error = await failureOf(made(capabilities))
  expect(error).toMatchObject({
    code: 'CONFIG_PLUGIN_INVALID',
    message: expect.stringMatching(new RegExp(`capabilities of store "theirs" are wrong: ${fault} is to be`)),
  })
})

test('so is a store object, as an invalid option', async () => {
  const store = { ...memoryStore(), capabilities: { durability: 'immortal', retains: true, shared: true } as never }
  await expect(loadStore(store, {}, silentLogger)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})

test('a schema that refuses options and does not say why is said to', async () => {
  const mute = plugin('() => ({})').replace(/validate: .*? \}\)/, 'validate: () => ({ issues: [{}] })')
  expect(await failureOf(mute)).toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(/are wrong: refused by its schema, which does not say why$/),
  })
})

import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
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

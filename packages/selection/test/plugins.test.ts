import { systemClock } from '@sessionkeep/contracts/internal'
import { memoryHost } from '@sessionkeep/contracts/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { makeFixture } from '../../core/test/support/fixture.ts'
import { makePool } from '../../core/test/support/pools.ts'
import { loadConfig } from '../src/file/load-config.ts'
import { openStore } from '../src/open-store.ts'
import { acme, records } from './support/acme-plugin.ts'

/** A pool in a directory without packages, with these variables. */
async function startPool(metadata: object, variables: Record<string, string> = {}) {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  const { pool } = makePool({ clock: systemClock, host: memoryHost(), metadata })
  onTestFinished(async () => void (await pool.stop()))
  await pool.start()
  return pool
}

test('a plug-in of the program makes the store of its name, with its options and variables, and no package is needed', async () => {
  const metadata = { store: 'acme', stores: { acme: { shelf: 'a' } }, plugins: [acme] }
  const pool = await startPool(metadata, { ACME_SHELF: 'b' })
  await pool.getOrCreateSession('docs')
  expect((await pool.saveSessionMetadata('docs')).stores).toEqual(['acme'])
  expect([...records.keys()]).toEqual(['b claude-docs'])
})

test('the environment, a call and a tool select it by its name', async () => {
  const pool = await startPool({ plugins: [acme] }, { SESSIONKEEP_STORE: 'acme' })
  expect(pool.persistence().effective.stores).toEqual(['acme'])
  await pool.rollback({ reason: 'to come back' })
  expect((await pool.switchStore('acme')).to).toEqual(['acme'])
  await using store = await openStore('acme', { metadata: { plugins: [acme] } })
  expect(store.name).toBe('acme')
})

test('a flag may select it without any options', async () => {
  const flag = { key: 'store', read: async () => ({ value: 'acme' }) }
  const pool = await startPool({ store: 'memory', plugins: [acme], flag })
  expect(pool.persistence().desired).toMatchObject({ store: 'acme', layer: 'flag' })
})

test('it replaces the package of the same short name, and a configuration in JavaScript may contain it', async () => {
  const named = JSON.stringify({ name: 'file', apiVersion: 1 }).slice(1, -1)
  const schema = `options: { '~standard': { version: 1, vendor: 'x', validate: (value) => ({ value }) } }`
  const create = `create: () => { throw Object.assign(new Error('the own plug-in'), { code: 'CONFIG_INVALID' }) }`
  const source = `export default { store: '@sessionkeep/store-file', plugins: [{ ${named}, ${schema}, ${create} }] }`
  const cwd = makeFixture({ 'sessionkeep.config.mjs': source })
  await expect(startPool(await loadConfig({ cwd }))).rejects.toThrow('the own plug-in')
})

test.each([
  [[{}], 'metadata.plugins.0: is no plug-in of a store: it was not made by defineStore()'],
  [[{ ...acme, apiVersion: 2 }], 'its apiVersion is 2, this core takes 1'],
  [[{ ...acme, name: 'memory' }], 'no plug-in can have the name "memory"'],
  [[{ ...acme, name: 'redis' }], 'no plug-in can have the name "redis"'],
  [[acme, { ...acme }], 'two plug-ins have the name "acme"'],
  [acme, 'must be a list of plug-ins'],
])('a list that cannot be used is refused: %#', (plugins, words) => {
  expect(() => makePool({ host: memoryHost(), metadata: { plugins: plugins as never } })).toThrow(words)
})

test('a misspelt name is answered with the name of the plug-in, and a missing package with the option', async () => {
  await expect(startPool({ store: 'acmee', plugins: [acme] })).rejects.toThrow('Did you mean "acme"?')
  await expect(
    startPool({ store: 'memory', mirror: [], stores: { acmee: {} }, plugins: [acme] }),
  ).resolves.toBeDefined()
  await expect(startPool({ store: 'acme', stores: { acmee: {} }, plugins: [acme] })).rejects.toThrow(
    'no store has that name. Did you mean "acme"?',
  )
})

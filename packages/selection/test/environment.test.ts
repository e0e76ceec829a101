import { join, resolve } from 'node:path'
import { memoryStore, type StorePlugin } from '@sessionkeep/contracts'
import { systemClock } from '@sessionkeep/contracts/internal'
import { memoryHost } from '@sessionkeep/contracts/testing'
import file from '@sessionkeep/store-file'
import keyv from '@sessionkeep/store-keyv'
import lowdb from '@sessionkeep/store-lowdb'
import { afterEach, expect, test, vi } from 'vitest'
import { makeFixture, pluginSource } from '../../core/test/support/fixture.ts'
import { makePool } from '../../core/test/support/pools.ts'
import { sourcesOf } from '../../core/test/support/store-sources.ts'
import type { MetadataOptions } from '../src/config-source.ts'
import { readEnvironment } from '../src/environment.ts'
import { loadConfig } from '../src/file/load-config.ts'
import { findStore } from '../src/load-store.ts'
import { createSelectionLayers } from '../src/selection-layers.ts'
import { optionsOf, writtenStores } from '../src/store-options.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

test('two variables name store and mirrors, and relative paths start at the working directory', () => {
  const { value } = readEnvironment({ SESSIONKEEP_STORE: ' ./mine.mjs ', SESSIONKEEP_MIRROR: 'file, keyv,' }, '/srv')
  expect(value).toEqual({ store: resolve('/srv/mine.mjs'), mirror: ['file', 'keyv'] })
})

test.each([
  [{ SESSIONKEEP_STORE: '', SESSIONKEEP_MIRROR: ' ', SESSIONKEEP_DIRECTORY: '' }, undefined],
  [{ SESSIONKEEP_MIRROR: ',' }, undefined],
  [{ SESSIONKEEP_MIRROR: 'none' }, { mirror: [] }],
])('an empty variable counts as unset, and none means no mirrors: %j', (variables, value) => {
  const environment = readEnvironment(variables, '/srv')
  expect(environment.value).toEqual(value)
  expect(environment.optionsFor('file', file, {})).toEqual({})
})

/** The options that a store gets when the program gives `given` in `/srv` and the variables are set. */
const optionsWith = (variables: Record<string, string>, plugin: StorePlugin, given: object) =>
  optionsOf(plugin, plugin.name, {
    stores: writtenStores({ [plugin.name]: given }),
    plugins: [],
    directory: '/etc/app',
    environment: readEnvironment(variables, '/srv'),
  })

test('each variable wins over the same option in the configuration, and its path starts at the working directory', () => {
  const variables = {
    SESSIONKEEP_DIRECTORY: 'd',
    SESSIONKEEP_FILE: '/f.json',
    SESSIONKEEP_KEYV_URI: 'redis://h',
    SESSIONKEEP_KEYV_TABLE: 't',
  }
  const given = { directory: '/a', durability: 'process' }
  expect(optionsWith(variables, file, given)).toEqual({ directory: '/srv/d', durability: 'process' })
  expect(optionsWith(variables, lowdb, {})).toEqual({ file: '/f.json' })
  expect(optionsWith(variables, keyv, { uri: 'etcd://x', namespace: 'n' })).toEqual({
    uri: 'redis://h',
    namespace: 'n',
    table: 't',
  })
})

test('a URI in the environment does not replace a client that the program gives', () => {
  const given = { keyv: new Map() }
  expect(optionsWith({ SESSIONKEEP_KEYV_URI: 'redis://h' }, keyv, given)).toBe(given)
})

test('variables and paths that a third party’s plug-in declares are used', async () => {
  const source = pluginSource({ name: 'acme' }).replace(
    "name: 'acme',",
    "name: 'acme', env: { ACME_BUCKET: 'bucket', ACME_PLACE: { option: 'place', unless: ['bucket'] } }, paths: ['place', 'other'],",
  )
  const cwd = makeFixture({
    'etc/sessionkeep.config.json': { store: './acme.mjs', stores: { './acme.mjs': { place: './here', other: '~/x' } } },
    'etc/acme.mjs': source,
  })
  vi.stubEnv('ACME_BUCKET', 'ours')
  vi.stubEnv('HOME', '/home/me')
  const metadata = await loadConfig({ cwd: join(cwd, 'etc') })
  const { pool } = makePool({ clock: systemClock, host: memoryHost(), metadata })
  await pool.start()
  const path = join(cwd, 'etc/acme.mjs')
  expect(pool.explain().layers[2]?.options).toEqual([{ variable: 'ACME_BUCKET', option: `stores.${path}.bucket` }])
  const desired = createSelectionLayers(metadata, { ACME_BUCKET: 'ours', ACME_PLACE: 'there' }, console).desired()
  const { options } = await findStore(path, desired, console)
  expect(options).toEqual({ place: resolve('there'), other: '/home/me/x', bucket: 'ours' })
})

test('a relative path starts at the configuration file when it is written there, and otherwise at the working directory', async () => {
  const cwd = makeFixture({
    'sessionkeep.config.json': { stores: { file: { directory: './a', durability: 'process' } } },
  })
  const loaded = await loadConfig({ cwd })
  const directoryOf = async (metadata: MetadataOptions) => {
    const desired = createSelectionLayers(metadata, {}, console).desired()
    return (await findStore('file', desired, console)).options
  }
  const ours = loaded.stores?.file as object
  expect(await directoryOf(loaded)).toEqual({ directory: join(cwd, 'a'), durability: 'process' })
  const more = { ...loaded, stores: { file: { ...ours, durability: 'power' } } }
  expect(await directoryOf(more)).toEqual({ directory: join(cwd, 'a'), durability: 'power' })
  const other = { ...loaded, stores: { file: { ...ours, directory: './b' } } }
  expect(await directoryOf(other)).toEqual({ directory: resolve('b'), durability: 'process' })
})

test.each(['env: { A: 5 }', 'env: { A: {} }', 'env: 5', 'paths: {}', 'paths: [5]'])(
  'a plug-in with an invalid declaration is refused: %s',
  async (declared) => {
    const source = pluginSource({ name: 'acme' }).replace("name: 'acme',", `name: 'acme', ${declared},`)
    const path = join(makeFixture({ 'acme.mjs': source }), 'acme.mjs')
    await expect(findStore(path, sourcesOf(), console)).rejects.toMatchObject({ code: 'CONFIG_PLUGIN_INVALID' })
  },
)

test('an unknown variable with a name similar to a known one causes a warning', async () => {
  vi.stubEnv('SESSIONKEEP_STROE', 'none')
  vi.stubEnv('SESSIONKEEP_SOMETHING_ELSE', 'x')
  const { pool, log } = makePool({ clock: systemClock, host: memoryHost(), metadata: { store: 'memory' } })
  await pool.start()
  const lines = log.with('A variable of the environment is not known - is it misspelt?')
  expect(lines.map(({ fields }) => fields)).toEqual([{ variable: 'SESSIONKEEP_STROE', nearest: 'SESSIONKEEP_STORE' }])
  expect(pool.explain().layers[2]?.detail).toContain('SESSIONKEEP_STROE is not known')
})

test('start() rejects an unknown store with the most similar name, and names the variable', async () => {
  vi.stubEnv('SESSIONKEEP_STORE', 'memroy')
  const { pool } = makePool({ clock: systemClock, host: memoryHost() })
  await expect(pool.start()).rejects.toMatchObject({ code: 'CONFIG_UNKNOWN_STORE' })
  await expect(pool.start()).rejects.toThrow(
    /Did you mean "memory"\?.*\(from the environment variable SESSIONKEEP_STORE\)/,
  )
})

test('the error for an unknown mirror names the variable of the mirrors', async () => {
  vi.stubEnv('SESSIONKEEP_MIRROR', './not-there.mjs')
  const { pool } = makePool({ clock: systemClock, host: memoryHost(), metadata: { store: memoryStore() } })
  await expect(pool.start()).rejects.toThrow(/there is no such file.*variable SESSIONKEEP_MIRROR/)
})

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import type { StorePlugin } from '@sessionkeep/contracts'
import { systemClock } from '@sessionkeep/contracts/internal'
import { memoryHost } from '@sessionkeep/contracts/testing'
import file from '@sessionkeep/store-file'
import keyv from '@sessionkeep/store-keyv'
import lowdb from '@sessionkeep/store-lowdb'
import { afterEach, expect, test, vi } from 'vitest'
import { makeFixture } from '../../../core/test/support/fixture.ts'
import { silentLogger } from '../../../core/test/support/held-store.ts'
import { makePool } from '../../../core/test/support/pools.ts'
import type { MetadataOptions } from '../../src/config-source.ts'
import { type LoadConfigOptions, loadConfig } from '../../src/file/load-config.ts'
import { createSelectionLayers } from '../../src/selection-layers.ts'
import { optionsOf } from '../../src/store-options.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

/** The options that a plug-in gets from a pool with this configuration. */
const optionsIn = (loaded: MetadataOptions, plugin: StorePlugin) =>
  optionsOf(plugin, plugin.name, createSelectionLayers(loaded, {}, silentLogger).desired())

test('without a file there are no options, and the source has no file', async () => {
  const cwd = makeFixture()
  const { source, ...options } = await loadConfig({ cwd })
  expect(options).toEqual({})
  expect(source).toMatchObject({ file: undefined, directory: cwd })
})

test.each([
  ['sessionkeep.config.json', { $schema: './x.json', store: 'memory', flushIntervalMs: 50 }],
  ['package.json', { name: 'x', sessionkeep: { store: 'memory', flushIntervalMs: 50 } }],
  ['sessionkeep.config.mjs', 'export default { store: "memory", flushIntervalMs: 50 }'],
  ['sessionkeep.config.js', 'module.exports = { store: "memory", flushIntervalMs: 50 }'],
])('%s is found from a directory below it, and can be passed to a pool', async (name, content) => {
  const directory = makeFixture({ [name]: content })
  const below = join(directory, 'a', 'b')
  mkdirSync(below, { recursive: true })
  const metadata = await loadConfig({ cwd: below })
  expect(metadata).toMatchObject({ store: 'memory', flushIntervalMs: 50, source: { file: join(directory, name) } })
  const { pool } = makePool({ clock: systemClock, host: memoryHost(), metadata })
  await pool.start()
  expect(pool.persistence().desired).toMatchObject({ store: 'memory', layer: 'config' })
})

test('the search ends at the first directory with a configuration, and ignores a package.json without the key', async () => {
  const directory = makeFixture({
    'sessionkeep.config.json': { store: 'none' },
    'app/package.json': { sessionkeep: { store: 'memory' } },
    'app/src/package.json': { name: 'no key' },
  })
  expect((await loadConfig({ cwd: join(directory, 'app/src') })).store).toBe('memory')
})

test('two configurations in one directory are refused, and both are named', async () => {
  const cwd = makeFixture({ 'sessionkeep.config.json': {}, 'package.json': { sessionkeep: {} } })
  const error = await loadConfig({ cwd }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
  expect((error as Error).message).toContain('sessionkeep.config.json, package.json')
})

test('relative paths of directories, files, databases and stores start at the file', async () => {
  const directory = makeFixture({
    'etc/conf.json': {
      store: './stores/mine.mjs',
      mirror: ['file', '../other.mjs'],
      stores: {
        './stores/mine.mjs': { level: 3 },
        file: { directory: 'sessions' },
        lowdb: { file: './all.json' },
        keyv: { uri: 'sqlite://data/x.db' },
      },
    },
  })
  const loaded = await loadConfig({ cwd: directory, file: 'etc/conf.json' })
  expect(loaded).toMatchObject({
    store: join(directory, 'etc/stores/mine.mjs'),
    mirror: ['file', join(directory, 'other.mjs')],
    stores: { [join(directory, 'etc/stores/mine.mjs')]: { level: 3 } },
  })
  expect(optionsIn(loaded, file)).toEqual({ directory: join(directory, 'etc/sessions') })
  expect(optionsIn(loaded, lowdb)).toEqual({ file: join(directory, 'etc/all.json') })
  expect(optionsIn(loaded, keyv)).toEqual({ uri: `sqlite://${join(directory, 'etc/data/x.db')}` })
})

test('the error for broken JSON has file and line, and no part of the text', async () => {
  const cwd = makeFixture({ 'sessionkeep.config.json': '{\n  "store": "keyv",\n  "stores": redis://u:hunter2@h\n}' })
  const error = (await loadConfig({ cwd }).catch((reason: unknown) => reason)) as Error & { cause?: unknown }
  expect(error).toMatchObject({ code: 'CONFIG_UNREADABLE', context: { line: 3 } })
  expect(error.message).toContain(`${join(cwd, 'sessionkeep.config.json')}:3:13 is not JSON`)
  expect(JSON.stringify([error.message, error.stack, String(error.cause)])).not.toContain('hunter2')
})

test.each([
  [{ stroe: 'file' }, 'stroe is not an option; did you mean "store"?'],
  [{ store: 7 }, 'store: must be the name of a store'],
  [{ mirror: 'keyv' }, 'mirror: '],
  [{ flushIntervalMs: 'fast' }, 'flushIntervalMs: '],
  [{ stores: { keyv: 'redis://u:hunter2@h' } }, 'stores.keyv: must be an object of options'],
  [[], 'expected an object of options, and not an array'],
  [{ flag: { key: 'x' } }, 'flag holds an object of the program'],
  [{ 'redis://u:hunter2@h': 'file' }, '(a key of 19 characters) is not an option'],
  [{ stores: { 'redis://u:hunter2@h': 5 } }, 'stores.(a key of 19 characters): must be'],
  [
    { stores: { file: {}, '@sessionkeep/store-file': {} } },
    'under stores.file and under stores.@sessionkeep/store-file, which is the same store',
  ],
])('an invalid option is refused with its path: %j', async (content, words) => {
  const cwd = makeFixture({ 'sessionkeep.config.json': content })
  const error = (await loadConfig({ cwd }).catch((reason: unknown) => reason)) as Error
  expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
  expect(error.message).toContain(words)
  expect(error.message).not.toContain('hunter2')
})

test.each([
  ['nothing.json', {}, 'there is no such file'],
  ['dir/nothing', { 'dir/nothing/x': '' }, 'it is not a file'],
  ['package.json', { 'package.json': {} }, 'has no key "sessionkeep"'],
  ['c.mjs', { 'c.mjs': 'throw new Error("boom redis://u:hunter2@h")' }, 'cannot be loaded: boom redis://***@h'],
])('a file that was named and cannot be read is CONFIG_UNREADABLE: %s', async (file, files, words) => {
  const error = (await loadConfig({ cwd: makeFixture(files), file }).catch((reason: unknown) => reason)) as Error
  expect(error).toMatchObject({ code: 'CONFIG_UNREADABLE' })
  expect(error.message).toContain(words)
})

test('a module may contain a store object', async () => {
  const cwd = makeFixture({
    'sessionkeep.config.mjs': `import plugin from './third.mjs'\nexport default { store: plugin.create({}) }`,
    'third.mjs': (await import('../../../core/test/support/fixture.ts')).pluginSource(),
  })
  const { pool } = makePool({ clock: systemClock, host: memoryHost(), metadata: await loadConfig({ cwd }) })
  await pool.start()
  expect(pool.explain()).toMatchObject({ store: 'third', layer: 'config' })
})

test('a configuration that cannot be read does not count as missing', async () => {
  const [loop, directory, dangling] = [makeFixture(), makeFixture(), makeFixture()]
  symlinkSync('sessionkeep.config.json', join(loop, 'sessionkeep.config.json'))
  mkdirSync(join(directory, 'sessionkeep.config.json'))
  symlinkSync('gone.json', join(dangling, 'sessionkeep.config.json'))
  for (const cwd of [loop, directory, dangling]) {
    const file = join(cwd, 'sessionkeep.config.json')
    await expect(loadConfig({ cwd })).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE', context: { file } })
  }
})

test('a login in an error that a module throws is redacted, also in the cause', async () => {
  const cwd = makeFixture({ 'sessionkeep.config.mjs': 'throw new Error("cannot reach redis://me:hunter2@db")' })
  const error: unknown = await loadConfig({ cwd }).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'CONFIG_UNREADABLE' })
  expect(inspect(error)).not.toContain('hunter2')
})

test.each<[unknown, string]>([
  [null, 'expected an object, and not null'],
  [{ file: 5 }, 'file: must be a path'],
  [{ file: '' }, 'file: must be a path'],
  [{ cwd: 5 }, 'cwd: must be a path'],
  [{ cwd: '/no/such/directory' }, 'there is no directory /no/such/directory'],
  [{ fil: 'x' }, 'did you mean "file"?'],
])('invalid options of the call are refused: %j', async (options, words) => {
  await expect(loadConfig(options as LoadConfigOptions)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(words),
  })
})

test.each([
  ['Promise.resolve({ store: "memory" })', 'exports a promise; write "export default await ..."'],
  ['Promise.reject(new Error("late"))', 'exports a promise'],
  ['new Map([["store", "memory"]])', 'exports an instance of Map'],
  ['new (class Config { get store() { return "memory" } })()', 'exports an instance of Config'],
  ['() => ({})', 'exports a function'],
  ['null', 'exports null'],
  ['{ stores: { file: new Map() } }', 'stores.file: must be an object of options'],
  ['{ stores: { file: Promise.resolve({}) } }', 'stores.file: must be an object of options'],
  ['{ get store() { throw new Error("no redis://me:hunter2@h") } }', 'reading it fails: no redis://***@h'],
])('a module that exports no object of options is refused, and does not count as empty: %s', async (text, words) => {
  const cwd = makeFixture({ 'sessionkeep.config.mjs': `export default ${text}` })
  const error: unknown = await loadConfig({ cwd }).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(words) })
  expect(inspect(error)).not.toContain('hunter2')
})

test.each([
  'class Config { store = "none"; get mirror() { return ["lowdb"] } stores = { file: new (class { directory = "x" })() } }',
  'class Base { store = "none"; mirror = ["lowdb"] } class Config extends Base { stores = { file: { directory: "x" } } }',
])('a module may export an object of a configuration framework: %s', async (text) => {
  const cwd = makeFixture({ 'sessionkeep.config.mjs': `${text}; export default new Config()` })
  const loaded = await loadConfig({ cwd })
  expect(loaded).toMatchObject({ store: 'none', mirror: ['lowdb'] })
  expect(optionsIn(loaded, file)).toEqual({ directory: join(cwd, 'x') })
})

test('a module may await its options', async () => {
  const cwd = makeFixture({ 'sessionkeep.config.mjs': 'export default await Promise.resolve({ store: "memory" })' })
  expect(await loadConfig({ cwd })).toMatchObject({ store: 'memory' })
})

test('a leading ~ means the home directory, in a file and in the options of the call', async () => {
  const home = makeFixture({ 'c.json': { store: '~/s.mjs', stores: { file: { directory: '~/x' } } } })
  vi.stubEnv('HOME', home)
  const loaded = await loadConfig({ cwd: makeFixture(), file: '~/c.json' })
  expect(loaded.store).toBe(join(home, 's.mjs'))
  expect(optionsIn(loaded, file)).toEqual({ directory: join(home, 'x') })
})

test.each([
  'sessionkeep.config.cjs',
  'sessionkeep.config.ts',
  'sessionkeep.config.yaml',
  'sessionkeep.json',
  '.sessionkeeprc',
  '.sessionkeeprc.json',
])('a file named %s is not read, and causes a warning when there is no configuration', async (name) => {
  const cwd = makeFixture({ [name]: '', 'below/x': '', 'sessionkeep.md': '', 'my-sessionkeep.json': '' })
  const metadata = await loadConfig({ cwd: join(cwd, 'below') })
  expect(metadata.source).toMatchObject({ file: undefined, overlooked: [join(cwd, name)] })
  const { pool, log } = makePool({ clock: systemClock, host: memoryHost(), metadata: { ...metadata, store: 'memory' } })
  await pool.start()
  const lines = log.with('A file looks like a configuration and is not read - its name is not one of ours')
  expect(lines.map(({ fields }) => fields)).toEqual([{ file: join(cwd, name) }])
})

test('such a file causes no warning beside a configuration, and one in a directory below it', async () => {
  const cwd = makeFixture({ 'sessionkeep.config.json': { store: 'memory' }, 'sessionkeep.config.ts': '' })
  expect((await loadConfig({ cwd })).source.overlooked).toEqual([])
  const below = join(cwd, 'app')
  mkdirSync(below)
  writeFileSync(join(below, 'sessionkeep.config.yaml'), '')
  expect((await loadConfig({ cwd: below })).source).toMatchObject({
    file: join(cwd, 'sessionkeep.config.json'),
    overlooked: [join(below, 'sessionkeep.config.yaml')],
  })
})

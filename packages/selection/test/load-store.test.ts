import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { systemClock } from '@sessionkeep/contracts/internal'
import { memoryHost } from '@sessionkeep/contracts/testing'
import { describe, expect, test } from 'vitest'
import { makeFixture, pluginSource } from '../../core/test/support/fixture.ts'
import { makePool } from '../../core/test/support/pools.ts'
import { sourcesOf } from '../../core/test/support/store-sources.ts'
import { loadConfig } from '../src/file/load-config.ts'
import { loadStore } from '../src/load-store.ts'
import { canonicalName } from '../src/names.ts'

const load = (selection: string, directory: string, stores: Record<string, unknown> = {}) =>
  loadStore(canonicalName(selection, directory), sourcesOf(stores, directory), console)
const failure = async (promise: Promise<unknown>) =>
  (await promise.catch((reason: unknown) => reason)) as Error & { code: string; context: object }

/** Packages as an installer places them, each with another kind of exports. */
const packages = {
  'node_modules/only-import/package.json': { exports: { '.': { types: './x.d.ts', import: './i.mjs' } } },
  'node_modules/only-import/i.mjs': pluginSource({ name: 'only-import' }),
  'node_modules/@acme/store/package.json': { exports: { '.': './no.js', './redis': { node: { default: './r.mjs' } } } },
  'node_modules/@acme/store/r.mjs': pluginSource({ name: 'subpath' }),
  'node_modules/patterns/package.json': { type: 'module', exports: { './*': { import: './lib/*.js' } } },
  'node_modules/patterns/lib/redis.js': pluginSource({ name: 'patterns' }),
  'node_modules/old/package.json': { main: './lib/m.js' },
  'node_modules/old/lib/m.js': pluginSource({ name: 'old' }).replace('export default', 'module.exports ='),
  'node_modules/compiled/package.json': { exports: { import: './c.cjs', require: './c.cjs' } },
  'node_modules/compiled/c.cjs': pluginSource({ name: 'compiled' }).replace(
    'export default',
    'exports.__esModule = true; exports.default =',
  ),
}

describe('a store is found', () => {
  test.each([
    ['only-import', 'only-import'],
    ['@acme/store/redis', 'subpath'],
    ['patterns/redis', 'patterns'],
    ['old', 'old'],
    ['compiled', 'compiled'],
  ])('as a package beside the configuration: %s', async (name, called) => {
    const directory = makeFixture({ ...packages, 'app/x.json': {} })
    const store = await load(name, join(directory, 'app'))
    expect(store.name).toBe(called)
  })

  test('as a path, and as a file: URL', async () => {
    const directory = makeFixture({ 'mine.mjs': pluginSource({ name: 'mine' }) })
    expect((await load('./mine.mjs', directory)).name).toBe('mine')
    expect((await load(pathToFileURL(join(directory, 'mine.mjs')).href, directory)).name).toBe('mine')
  })

  test('by a configuration in another directory, with its options under the same name', async () => {
    const cwd = makeFixture({
      ...packages,
      'sessionkeep.config.json': {
        store: './mine.mjs',
        mirror: ['only-import'],
        stores: { './mine.mjs': { level: 3 } },
      },
      'mine.mjs': pluginSource({ name: 'mine' }),
    })
    const { pool } = makePool({ clock: systemClock, host: memoryHost(), metadata: await loadConfig({ cwd }) })
    await pool.start()
    await pool.getOrCreateSession('docs')
    expect(await pool.saveSessionMetadata('docs')).toMatchObject({ stores: ['mine', 'only-import'] })
  })
})

describe('an invalid store leads to one readable error', () => {
  test.each([
    ['memroy', {}, 'CONFIG_UNKNOWN_STORE', 'Did you mean "memory"?'],
    ['Memory', {}, 'CONFIG_UNKNOWN_STORE', 'Did you mean "memory"?'],
    ['acme-stroe', { 'acme-store': {} }, 'CONFIG_UNKNOWN_STORE', 'Did you mean "acme-store"?'],
    ['@acme/nothing', {}, 'CONFIG_MISSING_PACKAGE', 'npm install @acme/nothing'],
    ['@acme/nothing/sub', {}, 'CONFIG_MISSING_PACKAGE', 'npm install @acme/nothing. '],
    ['nothing-at-all/sub', {}, 'CONFIG_MISSING_PACKAGE', 'npm install nothing-at-all. '],
    ['not a name', {}, 'CONFIG_UNKNOWN_STORE', 'Known are: '],
    ['__proto__', {}, 'CONFIG_MISSING_PACKAGE', 'There is no store named'],
    ['constructor', {}, 'CONFIG_MISSING_PACKAGE', 'There is no store named'],
    ['auto', {}, 'CONFIG_UNKNOWN_STORE', "only switchStore('auto') and openStore('auto') accept it"],
    ['undefined', {}, 'CONFIG_UNKNOWN_STORE', 'looks like a missing value'],
    ['null', {}, 'CONFIG_UNKNOWN_STORE', 'looks like a missing value'],
  ])('%s', async (selection, stores, code, words) => {
    const error = await failure(load(selection, makeFixture(), stores))
    expect(error.code).toBe(code)
    expect(error.message).toContain(words)
    if (!words.startsWith('npm') && code === 'CONFIG_UNKNOWN_STORE') expect(error.message).not.toContain('npm install')
  })

  test.each([
    ['export default { name: "x" }', 'it has no default export made by defineStore()'],
    ['export const store = 1', 'it has no default export made by defineStore()'],
    [pluginSource({ apiVersion: 2 }), 'its apiVersion is 2, this core takes 1'],
    [pluginSource({ extra: 'throw new Error("boom redis://u:hunter2@h")' }), 'cannot be loaded: boom redis://***@h'],
    [pluginSource({ extra: 'import "@acme/not-installed"' }), '@acme/not-installed'],
    [
      pluginSource().replace('create: (', 'create: () => { throw new Error("made badly") }, x: ('),
      'cannot be created: made badly',
    ],
    [pluginSource().replace('validate: (value)', 'no: (value)'), 'its options are no Standard Schema'],
    [
      pluginSource().replace(
        'validate: (value) =>',
        'validate: (value) => { throw new Error("schema broke") }, x: (value) =>',
      ),
      'schema broke',
    ],
  ])('a plug-in with a fault: %#', async (source, words) => {
    const error = await failure(load('./p.mjs', makeFixture({ 'p.mjs': source })))
    expect(error.code).toBe('CONFIG_PLUGIN_INVALID')
    expect(error.message).toContain(words)
    expect(error.message).not.toContain('hunter2')
  })

  test('a plug-in whose store lacks a method', async () => {
    const source = pluginSource().replace('async setMany', 'async setSome')
    const error = await failure(load('./p.mjs', makeFixture({ 'p.mjs': source })))
    expect(error).toMatchObject({ code: 'CONFIG_PLUGIN_INVALID' })
    expect(error.message).toContain('create() returns no MetadataStore: setMany missing')
  })

  test('options that the plug-in refuses are reported with their path', async () => {
    const directory = makeFixture({
      'node_modules/third/package.json': { exports: './p.mjs' },
      'node_modules/third/p.mjs': pluginSource(),
    })
    const error = await failure(load('third', directory, { third: { bad: true } }))
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    expect(error.message).toContain('stores.third are wrong: bad: must not be bad')
  })

  test.each([
    [
      'file:/var/lib/x',
      'write "file", and put the directory into SESSIONKEEP_DIRECTORY or under stores.file.directory.',
    ],
    ['file:./sess', 'SESSIONKEEP_DIRECTORY'],
    ['file:sess', 'SESSIONKEEP_DIRECTORY'],
    ['file:', 'SESSIONKEEP_DIRECTORY'],
    ['File:/var/lib/x.v2', 'SESSIONKEEP_DIRECTORY'],
    ['lowdb:', 'write "lowdb", and put the file into SESSIONKEEP_FILE or under stores.lowdb.file.'],
    ['lowdb:./x.json', 'SESSIONKEEP_FILE'],
    ['Lowdb:/x', 'SESSIONKEEP_FILE'],
    [
      'keyv:redis://user:hunter2@host',
      'write "keyv", and put the URI into SESSIONKEEP_KEYV_URI or under stores.keyv.uri.',
    ],
    ['keyv:redis://user:hunter2@host/0?a=b', 'SESSIONKEEP_KEYV_URI'],
    ['lowdb:password=hunter2', 'SESSIONKEEP_FILE'],
    ['tmux:/x', 'write "tmux". Its options stand under stores.tmux.'],
    ['memory:x', 'write "memory". Known are'],
    ['NONE:x', 'write "none". Known are'],
  ])('the name of a store with a place behind it, with advice: %s', async (given, words) => {
    const error = await failure(load(given, makeFixture()))
    expect(error).toMatchObject({ code: 'CONFIG_UNKNOWN_STORE' })
    expect(error.message).toContain(words)
    expect(error.message).not.toContain('connection string')
    expect(JSON.stringify(error)).not.toContain('hunter2')
  })

  test.each(['.', 'file://DIRECTORY', 'file:DIRECTORY'])('a directory in place of a module: %s', async (given) => {
    const directory = makeFixture()
    const error = await failure(load(given.replace('DIRECTORY', directory), directory))
    expect(error.code).toMatch(/^CONFIG_(PLUGIN_INVALID|UNKNOWN_STORE)$/)
    expect(error.message).toContain('SESSIONKEEP_DIRECTORY')
  })

  test.each([
    'redis://user:hunter2@host:6379',
    'postgres://u:hun/ter2@h/db?password=hunter2',
    'redis:user:hunter2@host',
    'Server=tcp:x;Password=hunter2;',
    'acme/x;password=hunter2',
  ])('a connection string, without its credentials: %s', async (uri) => {
    const error = await failure(load(uri, makeFixture()))
    expect(error).toMatchObject({ code: 'CONFIG_UNKNOWN_STORE' })
    expect(error.message).toContain('stores.keyv.uri')
    expect(JSON.stringify([error.message, error.context])).not.toMatch(/hunter2|ter2/)
  })
})

test.each([
  ['redis', 'redis'],
  ['Valkey', 'valkey'],
  ['postgres', 'postgres'],
  ['sqlite', 'sqlite'],
  ['etcd', 'etcd'],
])('the name of a server, %s, is answered with the store and the URI to use', async (name, scheme) => {
  expect(await failure(load(name, process.cwd()))).toMatchObject({
    code: 'CONFIG_UNKNOWN_STORE',
    message: expect.stringMatching(new RegExp(`"keyv".*SESSIONKEEP_KEYV_URI.*${scheme}://`)),
  })
})

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { memoryStore } from '@sessionkeep/contracts'
import { systemClock } from '@sessionkeep/contracts/internal'
import { memoryHost } from '@sessionkeep/contracts/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { makeFixture } from '../../core/test/support/fixture.ts'
import { recordingLogger } from '../../core/test/support/log.ts'
import { makePool } from '../../core/test/support/pools.ts'
import { settableFlag } from '../../core/test/support/settable-flag.ts'
import type { MetadataOptions } from '../src/config-source.ts'
import { loadConfig } from '../src/file/load-config.ts'
import { openStore } from '../src/open-store.ts'

const CONFIG = 'sessionkeep.config.json'
const SKIPPED = 'A layer of the selection cannot be used - it is skipped'
const TORN = '{ "store": "file", "stores": { "file": { "directory": "./sess'
const soon = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 5 })

beforeEach(() => {
  vi.stubEnv('SESSIONKEEP_STORE', 'memory')
})
afterEach(() => {
  vi.unstubAllEnvs()
})

async function poolIn(cwd: string, more: MetadataOptions = {}) {
  const metadata = { ...(await loadConfig({ cwd })), ...more }
  return makePool({ clock: systemClock, host: memoryHost(), metadata: { ...metadata, watchIntervalMs: 10 } })
}

describe('when the environment selects memory, a gateway starts with a configuration that cannot be used', () => {
  test.each<[string, Readonly<Record<string, unknown>>, string, string]>([
    ['torn', { [CONFIG]: TORN }, 'CONFIG_UNREADABLE', 'is not JSON'],
    ['empty', { [CONFIG]: '' }, 'CONFIG_UNREADABLE', 'is not JSON'],
    ['with an unknown key', { [CONFIG]: { stroe: 'file' } }, 'CONFIG_INVALID', 'did you mean "store"?'],
    ['with a wrong value', { [CONFIG]: { flushIntervalMs: 0 } }, 'CONFIG_INVALID', 'flushIntervalMs'],
    ['a directory', { [`${CONFIG}/x`]: '' }, 'CONFIG_UNREADABLE', 'it is not a file'],
    ['a torn package.json', { 'package.json': '{ "sessionkeep": {' }, 'CONFIG_UNREADABLE', 'is not JSON'],
    ['one of two', { [CONFIG]: {}, 'sessionkeep.config.mjs': '' }, 'CONFIG_INVALID', 'more than one configuration'],
    ['a module that throws', { 'sessionkeep.config.mjs': 'throw new Error("no")' }, 'CONFIG_UNREADABLE', 'no'],
    [
      'a module that does not parse',
      { 'sessionkeep.config.mjs': 'export default {' },
      'CONFIG_UNREADABLE',
      'cannot be',
    ],
    [
      'a module that exports a promise',
      { 'sessionkeep.config.mjs': 'export default (async () => ({}))()' },
      'CONFIG_INVALID',
      'a promise',
    ],
  ])('%s', async (_, files, code, words) => {
    const { pool, log } = await poolIn(makeFixture(files))
    const before = pool.explain().layers[3]
    await pool.start()
    expect(pool.persistence()).toMatchObject({
      desired: { store: 'memory', layer: 'environment' },
      effective: { stores: ['memory'], reason: 'off' },
    })
    const detail = expect.stringMatching(new RegExp(`^The configuration is ignored: .*${words}`, 's'))
    expect(log.with(SKIPPED).map(({ level, fields }) => [level, fields])).toEqual([
      ['warn', { layer: 'config', state: 'invalid', detail, code }],
    ])
    expect(before).toMatchObject({ layer: 'config', state: 'invalid', verdict: 'skipped', detail })
    expect(pool.explain().layers[3]).toEqual(before)
  })

  test('a file that was named and does not exist, and a directory that does not exist', async () => {
    for (const options of [{ cwd: makeFixture(), file: 'gone.json' }, { cwd: '/no/such/directory' }]) {
      const { pool, log } = makePool({ clock: systemClock, host: memoryHost(), metadata: await loadConfig(options) })
      await pool.start()
      expect(log.with(SKIPPED)).toHaveLength(1)
    }
  })

  test('options of an unknown store that is not selected', async () => {
    const { pool } = await poolIn(makeFixture({ [CONFIG]: { stores: { fil: {} } } }))
    await pool.start()
    expect(pool.persistence().effective.stores).toEqual(['memory'])
  })

  test('the same with none', async () => {
    vi.stubEnv('SESSIONKEEP_STORE', ' none ')
    const { pool } = await poolIn(makeFixture({ [CONFIG]: TORN }))
    await pool.start()
    expect(pool.persistence().desired.store).toBe('none')
  })
})

describe('selections that need the unreadable options are refused', () => {
  test.each(['file', 'lowdb', './third.mjs'])('another store in the environment: %s', async (store) => {
    vi.stubEnv('SESSIONKEEP_STORE', store)
    const cwd = makeFixture({ [CONFIG]: TORN })
    await expect(loadConfig({ cwd })).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
    vi.stubEnv('SESSIONKEEP_STORE', '')
    await expect(loadConfig({ cwd })).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
  })

  test('a variable that was unset between loading and starting', async () => {
    const cwd = makeFixture({ [CONFIG]: TORN })
    const metadata = await loadConfig({ cwd })
    for (const store of ['', 'file']) {
      vi.stubEnv('SESSIONKEEP_STORE', store)
      const { pool } = makePool({ clock: systemClock, host: memoryHost(), metadata })
      await expect(pool.start()).rejects.toMatchObject({
        code: 'CONFIG_UNREADABLE',
        message: expect.stringMatching(/^Only "memory" and "none" can be selected by name.*is not JSON/s),
      })
    }
  })

  test('a switch to a store by name, until the file is corrected; store objects and memory can be selected', async () => {
    const cwd = makeFixture({ [CONFIG]: TORN })
    const { pool, log } = await poolIn(cwd)
    await pool.start()
    for (const selection of ['file', { store: memoryStore(), mirror: ['file'] }]) {
      await expect(pool.switchStore(selection)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
    }
    expect(pool.persistence().desired).toMatchObject({ store: 'memory', layer: 'environment' })
    expect((await pool.switchStore(memoryStore())).changed).toBe(true)
    await pool.rollback()
    await pool.switchStore('auto')

    writeFileSync(join(cwd, CONFIG), '{ "store": "file", "stores": { "file": { "directory": "./sessions" } } }')
    await soon(() => expect(log.with('A layer of the selection can be used again')).toHaveLength(1))
    expect(pool.explain().layers[3]).toMatchObject({ state: 'set', verdict: 'overruled', store: 'file' })
    expect(pool.persistence().desired).toMatchObject({ store: 'memory', layer: 'environment' })
    await pool.getOrCreateSession('a')
    await pool.switchStore('file')
    await pool.saveSessionMetadata('a')
    const open = await openStore('file', { cwd, readOnly: true })
    expect((await open.getMany(['claude-a'], { signal: AbortSignal.timeout(20_000) })).size).toBe(1)
    await open.close()
  })

  test('a flag that names a store is skipped, and decides once the file is corrected', async () => {
    const cwd = makeFixture({ [CONFIG]: TORN })
    const { flag, set } = settableFlag()
    set('file')
    const { pool } = await poolIn(cwd, { flag: { ...flag, timeoutMs: 50 } })
    await pool.start()
    expect(pool.explain().layers[1]).toMatchObject({ layer: 'flag', state: 'invalid', verdict: 'skipped' })
    expect(pool.persistence().desired).toMatchObject({ store: 'memory', layer: 'environment' })
    writeFileSync(join(cwd, CONFIG), '{ "stores": { "file": { "directory": "./sessions" } } }')
    await soon(() => expect(pool.persistence().desired).toMatchObject({ store: 'file', layer: 'flag' }))
  })

  test('openStore() opens the store of the environment with a warning, and no other store by name', async () => {
    const cwd = makeFixture({ [CONFIG]: TORN })
    const log = recordingLogger()
    const open = await openStore('auto', { cwd, logger: log.logger })
    expect(open.name).toBe('memory')
    await open.close()
    expect(log.with(SKIPPED).map(({ fields }) => fields.code)).toEqual(['CONFIG_UNREADABLE'])
    await expect(openStore('file', { cwd })).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
  })
})

test('a broken file is logged once, and again when it has another fault', async () => {
  const cwd = makeFixture({ [CONFIG]: TORN })
  const { pool, log } = await poolIn(cwd)
  await pool.start()
  await new Promise((resolve) => setTimeout(resolve, 80))
  expect(log.with(SKIPPED)).toHaveLength(1)
  writeFileSync(join(cwd, CONFIG), '{ "stroe": "file" }')
  await soon(() => expect(log.with(SKIPPED)).toHaveLength(2))
  expect(pool.explain().layers[3]?.detail).toMatch(/^The configuration is ignored: .*did you mean "store"/)
})

test('when the environment selects memory, a gateway also starts after a loadConfig() with invalid options', async () => {
  for (const options of [{ file: '' }, { cwd: '' }, { flie: 'x.json' }]) {
    vi.stubEnv('SESSIONKEEP_STORE', '')
    await expect(loadConfig(options)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    vi.stubEnv('SESSIONKEEP_STORE', 'memory')
    const { pool, log } = makePool({ clock: systemClock, host: memoryHost(), metadata: await loadConfig(options) })
    await pool.start()
    expect(log.with(SKIPPED)).toHaveLength(1)
  }
})

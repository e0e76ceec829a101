import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InMemoryProvider, OpenFeature } from '@openfeature/server-sdk'
import { createSessionPool, loadConfig, type MetadataOptions } from '@sessionkeep/core'
import { openFeatureFlag } from '@sessionkeep/core/openfeature'
import { memoryHost } from '@sessionkeep/core/testing'
import { fileStore } from '@sessionkeep/store-file'
import { expect, onTestFinished, test, vi } from 'vitest'

const warned: Array<[message: string, fields: object]> = []
const warn = (fields: object, message: string) => void warned.push([message, fields])
const silent = { debug() {}, info() {}, warn, error() {} }
const soon = <T>(check: () => T) => vi.waitFor(check, { timeout: 20_000, interval: 20 })

/** Makes a directory with a configuration file, and a pool that follows the file. */
async function following(config: object, more: MetadataOptions = {}) {
  const at = mkdtempSync(join(tmpdir(), 'skw-'))
  const file = join(at, 'sessionkeep.config.json')
  writeFileSync(file, JSON.stringify(config))
  const metadata = { ...(await loadConfig({ cwd: at })), watchIntervalMs: 20, flushIntervalMs: 20, ...more }
  const pool = createSessionPool({ host: memoryHost(), metadata, logger: silent })
  onTestFinished(async () => {
    await pool.stop()
    rmSync(at, { recursive: true })
  })
  await pool.start()
  await pool.getOrCreateSession('a')
  const stores = () => pool.persistence().stores.map(({ store, role }) => `${role} ${store}`)
  return {
    at,
    pool,
    stores,
    write: (content: object | string) =>
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content)),
    file,
    count(requests: number) {
      for (let at = 0; at < requests; at += 1) {
        expect(pool.trackRequestStart('a')).toBe(true)
        pool.trackRequestComplete('a')
      }
    },
    stored: (directory: string) => JSON.parse(readFileSync(join(at, directory, 'claude-a.json'), 'utf8')).totalRequests,
  }
}

const inDirectory = (directory: string, rest: object = {}) => ({
  store: 'file',
  stores: { file: { directory: `./${directory}` } },
  ...rest,
})

test('a switch to a store that is less safe is logged with what a write survives, and the way back is not', async () => {
  const message = 'The new store keeps acknowledged writes less safely than the one before'
  const said = () => warned.filter(([text]) => text === message).map(([, fields]) => fields)
  warned.length = 0
  const { pool, write } = await following(inDirectory('safe'))
  const unsafe = { store: 'file', stores: { file: { directory: './quick', durability: 'process' } } }
  for (const [epoch, config] of [unsafe, inDirectory('safe')].entries()) {
    write(config)
    await soon(() => expect(pool.persistence().effective).toMatchObject({ epoch: epoch + 1, reason: 'ok' }))
    expect(said()).toMatchObject([{ durability: { from: 'power', to: 'process' } }])
  }
})

test('another directory in the configuration is another store: it gets every record, and the former store is detached', async () => {
  const { pool, write, count, stored } = await following(inDirectory('one'))
  count(3)
  write(inDirectory('two'))
  await soon(() => expect(pool.persistence().effective).toMatchObject({ epoch: 1, reason: 'ok' }))
  count(2)
  await pool.saveSessionMetadata('a')
  expect([stored('one'), stored('two')]).toEqual([3, 5])
})

test('memory in the configuration is a rollback, and the former value activates the store again', async () => {
  const { pool, write, count, stored, stores } = await following(inDirectory('one'))
  count(3)
  await pool.saveSessionMetadata('a')
  write({ ...inDirectory('one'), store: 'memory' })
  await soon(() => expect(pool.persistence().effective.reason).toBe('off'))
  count(2)
  expect(stores()).toEqual([])
  expect(stored('one')).toBe(3)
  write(inDirectory('one'))
  await soon(() => expect(pool.persistence().effective.reason).toBe('ok'))
  await soon(() => expect(stored('one')).toBe(5))
})

test('a broken, unknown or missing configuration changes nothing, and the next valid one is applied', async () => {
  const { pool, write, file, stores } = await following(inDirectory('one'))
  for (const wrong of ['{"store": "fi', '', '{"store": "fiel"}', '[]', '{"store": "file", "colour": 1}']) {
    write(wrong)
    await soon(() => expect(JSON.stringify(pool.explain().layers)).toMatch(/"state":"kept"/))
    expect(stores()).toEqual(['primary file'])
  }
  rmSync(file)
  await soon(() => expect(JSON.stringify(pool.explain().layers)).toMatch(/"state":"kept"/))
  expect(pool.persistence()).toMatchObject({ effective: { epoch: 0, stores: ['file'] } })
  write({ store: 'memory' })
  await soon(() => expect(stores()).toEqual([]))
})

test('a store that cannot be opened is retried, and the active store stays active meanwhile', async () => {
  const { at, pool, write, count, stored } = await following(inDirectory('one'), { maxRetryMs: 50 })
  // A directory whose lock another store holds.
  const other = createSessionPool({
    host: memoryHost(),
    metadata: { store: 'file', stores: { file: { directory: join(at, 'two') } } },
    logger: silent,
  })
  await other.start()
  write(inDirectory('two'))
  await soon(() => expect(pool.persistence()).toMatchObject({ effective: { reason: 'switch-failed', epoch: 0 } }))
  expect(pool.persistence().failedSwitch).toMatchObject({ store: 'file', error: { code: 'STORE_LOCKED' } })
  count(4)
  await pool.saveSessionMetadata('a')
  expect(stored('one')).toBe(4)
  await other.stop()
  await soon(() => expect(pool.persistence()).toMatchObject({ effective: { reason: 'ok', epoch: 1 } }))
  expect(pool.persistence().failedSwitch).toBeUndefined()
  expect(stored('two')).toBe(4)
})

test('a call at run time wins over the configuration, whose store is written as standby', async () => {
  const { at, pool, write, count, stored } = await following(inDirectory('one'))
  await pool.switchStore(fileStore({ directory: join(at, 'three') }))
  count(1)
  await pool.saveSessionMetadata('a')
  await soon(() => expect([stored('one'), stored('three')]).toEqual([1, 1]))
  write(inDirectory('two'))
  await soon(() => expect(stored('two')).toBe(1))
  count(1)
  await soon(() => expect([stored('one'), stored('two'), stored('three')]).toEqual([1, 2, 2]))
  expect(pool.persistence()).toMatchObject({
    desired: { layer: 'runtime' },
    stores: [{ role: 'primary' }, { role: 'standby' }],
  })
  await pool.switchStore('auto')
  expect(pool.persistence()).toMatchObject({ desired: { layer: 'config' }, stores: [{ role: 'primary' }] })
})

test('a swap of symbolic links, as on a mounted volume, is noticed', async () => {
  const at = mkdtempSync(join(tmpdir(), 'skw-'))
  const version = (name: string, config: object) => {
    mkdirSync(join(at, name))
    writeFileSync(join(at, name, 'sessionkeep.config.json'), JSON.stringify(config))
    symlinkSync(name, join(at, '..data.new'))
    renameSync(join(at, '..data.new'), join(at, '..data'))
  }
  version('..1', { store: 'memory' })
  symlinkSync(join('..data', 'sessionkeep.config.json'), join(at, 'sessionkeep.config.json'))
  const metadata = { ...(await loadConfig({ cwd: at })), watchIntervalMs: 20 }
  const pool = createSessionPool({ host: memoryHost(), metadata, logger: silent })
  onTestFinished(async () => {
    await pool.stop()
    rmSync(at, { recursive: true })
  })
  await pool.start()
  version('..2', { store: 'none' })
  await soon(() => expect(pool.persistence().desired.store).toBe('none'))
})

test('a flag rolls back a running gateway, and losing the flag changes nothing', async () => {
  const flagged = (value: string) => ({
    where: { variants: { on: value }, defaultVariant: 'on', disabled: false },
  })
  const provider = new InMemoryProvider(flagged('file'))
  await OpenFeature.setProviderAndWait('follow-layers', provider)
  onTestFinished(() => OpenFeature.close())
  const client = OpenFeature.getClient('follow-layers')
  const { pool, count, stored, stores } = await following(inDirectory('one', { store: 'memory' }), {
    flag: openFeatureFlag({ client, key: 'where' }),
  })
  expect(stores()).toEqual(['primary file'])
  count(3)
  await pool.saveSessionMetadata('a')
  await provider.putConfiguration(flagged('memory'))
  await soon(() => expect(stores()).toEqual([]))
  count(2)
  await provider.putConfiguration(flagged('file'))
  await soon(() => expect(stored('one')).toBe(5))
  await provider.putConfiguration({})
  await soon(() => expect(JSON.stringify(pool.explain().layers)).toMatch(/"state":"kept"/))
  expect(stores()).toEqual(['primary file'])
})

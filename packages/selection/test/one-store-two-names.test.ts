import { join } from 'node:path'
import { systemClock } from '@sessionkeep/contracts/internal'
import { memoryHost } from '@sessionkeep/contracts/testing'
import { afterEach, expect, test, vi } from 'vitest'
import { makeFixture, pluginSource } from '../../core/test/support/fixture.ts'
import { makePool } from '../../core/test/support/pools.ts'
import type { MetadataOptions } from '../src/config-source.ts'
import { openStore } from '../src/open-store.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

const startOf = (metadata: MetadataOptions) =>
  makePool({ clock: systemClock, host: memoryHost(), metadata }).pool.start()

test('a package of this project selected by its full name has the options and variables of its short name', async () => {
  const directory = join(makeFixture(), 'sessions')
  const { pool } = makePool({
    clock: systemClock,
    host: memoryHost(),
    metadata: { store: '@sessionkeep/store-file', stores: { file: { directory } } },
  })
  await pool.start()
  expect(pool.explain()).toMatchObject({ store: 'file', layer: 'config' })
  await pool.getOrCreateSession('a')
  await pool.stop()
  const open = await openStore('@sessionkeep/store-file', { metadata: {}, stores: { file: { directory } } })
  expect((await open.getMany(['claude-a'], { signal: AbortSignal.timeout(20_000) })).size).toBe(1)
  await open.close()
  const other = await openStore('file', { metadata: {}, stores: { '@sessionkeep/store-file': { directory } } })
  expect((await other.getMany(['claude-a'], { signal: AbortSignal.timeout(20_000) })).size).toBe(1)
  await other.close()
})

test('a store with its own package as a mirror is refused as selected twice', async () => {
  await expect(startOf({ store: 'file', mirror: ['@sessionkeep/store-file'] })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('"file" is selected twice'),
  })
  const { pool } = makePool({ clock: systemClock, host: memoryHost(), metadata: { store: 'memory' } })
  await expect(pool.switchStore({ store: '@sessionkeep/store-lowdb', mirror: ['lowdb'] })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('"lowdb" is selected twice'),
  })
})

test('a leading ~ in a variable means the home directory, and no directory of that name is created', async () => {
  const home = makeFixture()
  vi.stubEnv('HOME', home)
  vi.stubEnv('SESSIONKEEP_DIRECTORY', '~/sessions')
  const open = await openStore('file', { metadata: {} })
  await open.setMany(new Map([['a', {}]]), { signal: AbortSignal.timeout(20_000) })
  await open.close()
  vi.unstubAllEnvs()
  const there = await openStore('file', { metadata: {}, stores: { file: { directory: join(home, 'sessions') } } })
  expect((await there.getMany(['a'], { signal: AbortSignal.timeout(20_000) })).size).toBe(1)
  await there.close()
})

const packages = {
  'node_modules/acme-store/package.json': { exports: './p.mjs' },
  'node_modules/acme-store/p.mjs': pluginSource({ name: 'acme' }),
}
const inFixture = (cwd: string, metadata: MetadataOptions): MetadataOptions => ({
  ...metadata,
  source: { file: undefined, directory: cwd, loaded: metadata, fingerprint: undefined, read: undefined },
})

test('options under the plug-in’s own name are refused when the store is selected by another name', async () => {
  const cwd = makeFixture(packages)
  const refused = startOf(inFixture(cwd, { store: 'acme-store', stores: { acme: { level: 3 } } }))
  await expect(refused).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  await expect(refused).rejects.toThrow('move them to stores["acme-store"]')
  await startOf(inFixture(cwd, { store: 'acme-store', stores: { acme: { level: 3 }, 'acme-store': {} } }))
})

test('a plug-in selected by two names is one store with equal options, and two stores with different ones', async () => {
  const cwd = makeFixture(packages)
  const path = join(cwd, 'node_modules/acme-store/p.mjs')
  const selected = { store: 'acme-store', mirror: [path] }
  await expect(startOf(inFixture(cwd, selected))).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('are one store with the same options, selected twice'),
  })
  await startOf(inFixture(cwd, { ...selected, stores: { [path]: { level: 2 } } }))
})

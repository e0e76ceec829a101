import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { makeFixture, pluginSource } from '../../core/test/support/fixture.ts'
import { recordingLogger } from '../../core/test/support/log.ts'
import type { MetadataOptions } from '../src/config-source.ts'
import { type LoadedConfig, loadConfig } from '../src/file/load-config.ts'
import { createSelectionLayers, type SelectionLayers } from '../src/selection-layers.ts'

const KEPT = 'A layer of the selection cannot be used - its last good value is kept'
const open: SelectionLayers[] = []
afterEach(() => {
  for (const layers of open.splice(0)) layers.stop()
})

async function watch(metadata: MetadataOptions, environment: Record<string, string> = {}) {
  const log = recordingLogger()
  const layers = createSelectionLayers({ watchIntervalMs: 10, ...metadata }, environment, log.logger)
  open.push(layers)
  const heard: unknown[] = []
  layers.onChange(({ store }) => heard.push(store))
  await layers.start()
  return { layers, heard, log, kept: () => log.with(KEPT), store: () => layers.desired().store }
}

const onFile = async (content: unknown = { store: 'memory' }) => {
  const cwd = makeFixture({ 'sessionkeep.config.json': content, 'third.mjs': pluginSource() })
  const file = join(cwd, 'sessionkeep.config.json')
  return { cwd, file, write: (text: string) => writeFileSync(file, text), ...(await watch(await loadConfig({ cwd }))) }
}
const soon = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 5 })

test('an edit in place is noticed', async () => {
  const { write, heard, layers } = await onFile()
  write('{ "store": "none" }')
  await soon(() => expect(heard).toEqual(['none']))
  expect(layers.desired()).toMatchObject({ store: 'none', layer: 'config' })
  expect(layers.afterRestart().store).toBe('none')
})

test('a file that is renamed over it is noticed', async () => {
  const { cwd, file, heard } = await onFile()
  writeFileSync(join(cwd, 'next'), '{ "store": "none" }')
  renameSync(join(cwd, 'next'), file)
  await soon(() => expect(heard).toEqual(['none']))
})

test('a changed symbolic link is noticed, as in a mounted ConfigMap', async () => {
  const cwd = makeFixture({
    '..1/sessionkeep.config.json': { store: 'memory' },
    '..2/sessionkeep.config.json': { store: 'none' },
  })
  symlinkSync('..1', join(cwd, '..data'))
  symlinkSync('..data/sessionkeep.config.json', join(cwd, 'sessionkeep.config.json'))
  const { heard, store } = await watch(await loadConfig({ cwd }))
  expect(store()).toBe('memory')
  symlinkSync('..2', join(cwd, '..next'))
  renameSync(join(cwd, '..next'), join(cwd, '..data'))
  await soon(() => expect(heard).toEqual(['none']))
})

test('a package.json is watched too', async () => {
  const cwd = makeFixture({ 'package.json': { sessionkeep: { store: 'memory' } } })
  const { heard } = await watch(await loadConfig({ cwd }))
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({ version: '2', sessionkeep: { store: 'none' } }))
  await soon(() => expect(heard).toEqual(['none']))
})

test.each([
  ['half of it', (file: string) => writeFileSync(file, '{ "store": "no'), 'is not JSON'],
  ['nothing', (file: string) => writeFileSync(file, ''), 'is not JSON'],
  ['an unknown key', (file: string) => writeFileSync(file, '{ "stroe": "none" }'), 'did you mean "store"?'],
  ['an unknown store', (file: string) => writeFileSync(file, '{ "store": "nnone" }'), 'Did you mean "none"?'],
  [
    'a store twice',
    (file: string) => writeFileSync(file, '{ "store": "./third.mjs", "mirror": ["./third.mjs"] }'),
    'selected twice',
  ],
  ['no file', (file: string) => rmSync(file), 'there is no such file'],
  [
    'a directory',
    (file: string) => {
      rmSync(file)
      mkdirSync(file)
    },
    'it is not a file',
  ],
])(
  'with %s in it the last good value is kept and the fault is logged once, and a corrected file is applied',
  async (_, damage, words) => {
    const { file, heard, layers, kept, log } = await onFile()
    damage(file)
    await soon(() => expect(kept()).toHaveLength(1))
    // After several reads it is still logged only once.
    await new Promise((resolve) => setTimeout(resolve, 80))
    expect(kept().map(({ fields }) => String(fields.detail))).toEqual([expect.stringContaining(words)])
    expect(heard).toEqual([])
    expect(layers.desired().store).toBe('memory')
    expect(layers.explain().layers[3]).toMatchObject({
      layer: 'config',
      state: 'kept',
      verdict: 'decides',
      store: 'memory',
    })
    expect(layers.explain().layers[3]?.detail).toContain(words)

    rmSync(file, { recursive: true, force: true })
    writeFileSync(file, '{ "store": "none" }')
    await soon(() => expect(heard).toEqual(['none']))
    await soon(() => expect(layers.explain().layers[3]?.state).toBe('set'))
    expect(log.with('A layer of the selection can be used again')).toHaveLength(1)
  },
)

test('the same content after a fault is no change, and ends the fault', async () => {
  const { file, heard, layers, kept } = await onFile()
  const text = readFileSync(file)
  rmSync(file)
  await soon(() => expect(kept()).toHaveLength(1))
  writeFileSync(file, text)
  await soon(() => expect(layers.explain().layers[3]?.state).toBe('set'))
  expect(heard).toEqual([])
})

test('other options of a selected store are a change; options of other stores and the order of keys are not', async () => {
  const config = (third: object, file: object) =>
    JSON.stringify({ stores: { file, './third.mjs': third }, store: './third.mjs' })
  const { write, heard, cwd } = await onFile({
    store: './third.mjs',
    stores: { './third.mjs': { a: 1, b: 2 }, file: {} },
  })
  write(config({ b: 2, a: 1 }, { directory: 'x' }))
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(heard).toEqual([])
  write(config({ b: 3, a: 1 }, { directory: 'x' }))
  await soon(() => expect(heard).toEqual([join(cwd, 'third.mjs')]))
})

test('an environment variable wins over later versions of the file', async () => {
  const cwd = makeFixture({ 'sessionkeep.config.json': { store: 'none' } })
  const { layers, heard } = await watch(await loadConfig({ cwd }), { SESSIONKEEP_STORE: 'memory' })
  writeFileSync(join(cwd, 'sessionkeep.config.json'), '{ "store": "@acme/not-installed" }')
  await soon(() =>
    expect(layers.explain().layers[3]).toMatchObject({ store: '@acme/not-installed', verdict: 'overruled' }),
  )
  expect(heard).toEqual([])
  expect(layers.desired().store).toBe('memory')
})

test('options that the program gave win over later versions of the file', async () => {
  const cwd = makeFixture({ 'sessionkeep.config.json': { store: './third.mjs' }, 'third.mjs': pluginSource() })
  const loaded: LoadedConfig = await loadConfig({ cwd })
  const { layers, heard } = await watch({ ...loaded, store: 'memory' })
  writeFileSync(
    join(cwd, 'sessionkeep.config.json'),
    '{ "store": "none", "stores": { "file": { "directory": "/x" } } }',
  )
  await soon(() => expect(layers.desired().stores.file?.options).toEqual({ directory: '/x' }))
  expect(layers.desired().store).toBe('memory')
  expect(heard).toEqual([])
})

test('a call at run time wins over the file, and the listener is called because a restart would select another store', async () => {
  const { layers, write, heard } = await onFile()
  layers.setRuntime({ store: 'memory', mirror: ['file'] }, 'drill')
  expect(layers.desired()).toMatchObject({ store: 'memory', mirror: [], layer: 'runtime', reason: 'drill' })
  write('{ "store": "none" }')
  await soon(() => expect(layers.afterRestart().store).toBe('none'))
  expect(layers.desired().store).toBe('memory')
  expect(heard).toHaveLength(1)
  layers.setRuntime(undefined)
  expect(layers.desired()).toMatchObject({ store: 'none', layer: 'config' })
})

test('the file is not read after stop(), and not with watchIntervalMs 0', async () => {
  const first = await onFile()
  first.layers.stop()
  const cwd = makeFixture({ 'sessionkeep.config.json': { store: 'memory' } })
  const second = await watch({ ...(await loadConfig({ cwd })), watchIntervalMs: 0 })
  first.write('{ "store": "none" }')
  writeFileSync(join(cwd, 'sessionkeep.config.json'), '{ "store": "none" }')
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect([first.heard, second.heard]).toEqual([[], []])
})

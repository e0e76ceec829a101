import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ErrorCode, InMemoryProvider, OpenFeature, type Provider, ProviderEvents } from '@openfeature/server-sdk'
import { safeLogger, systemClock } from '@sessionkeep/contracts/internal'
import { memoryHost } from '@sessionkeep/contracts/testing'
import { afterEach, expect, test, vi } from 'vitest'
import { makeFixture, pluginSource } from '../../core/test/support/fixture.ts'
import { recordingLogger } from '../../core/test/support/log.ts'
import { makePool } from '../../core/test/support/pools.ts'
import type { MetadataOptions } from '../src/config-source.ts'
import { loadConfig } from '../src/file/load-config.ts'
import { type OpenFeatureFlagOptions, openFeatureFlag } from '../src/openfeature.ts'
import { createSelectionLayers, type SelectionLayers } from '../src/selection-layers.ts'

const KEPT = 'A layer of the selection cannot be used - its last good value is kept'
const SKIPPED = 'A layer of the selection cannot be used - it is skipped'
const open: SelectionLayers[] = []
afterEach(async () => {
  for (const layers of open.splice(0)) layers.stop()
  await OpenFeature.close()
})

let domains = 0
/** A client with a domain of its own, because the SDK keeps providers for the whole process. */
const newDomain = () => `sessionkeep-${++domains}`
const flagOf = (value: unknown) => ({
  where: { variants: { on: value as string }, defaultVariant: 'on', disabled: false },
})

async function onProvider(provider: Provider, metadata: MetadataOptions = {}, timeoutMs = 10_000) {
  const domain = newDomain()
  await OpenFeature.setProviderAndWait(domain, provider).catch(() => undefined)
  return onClient({ client: OpenFeature.getClient(domain), key: 'where', timeoutMs }, metadata)
}

async function onClient(flag: OpenFeatureFlagOptions, metadata: MetadataOptions = {}) {
  const log = recordingLogger()
  const layers = createSelectionLayers(
    { store: 'memory', ...metadata, flag: openFeatureFlag(flag) },
    {},
    safeLogger(log.logger),
  )
  open.push(layers)
  const heard: unknown[] = []
  layers.onChange(({ store, mirror }) => heard.push([store, ...mirror]))
  await layers.start()
  return { layers, heard, log, state: () => layers.explain().layers[1] }
}
const soon = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 5 })

test('a string names the store, and wins over environment and configuration', async () => {
  const { layers } = await onProvider(new InMemoryProvider(flagOf('none')))
  expect(layers.desired()).toMatchObject({ store: 'none', layer: 'flag', reason: 'STATIC, variant on' })
  expect(layers.explain()).toMatchObject({ layer: 'flag', why: 'flag is the strongest layer that names a store' })
})

test('an object names store and mirrors', async () => {
  const value = { store: '@acme/a', mirror: ['memory'] }
  const { layers, state } = await onProvider(new InMemoryProvider(flagOf(value)), { stores: { '@acme/a': {} } })
  // The package is not installed, so all other parts of the value were accepted.
  expect(layers.desired().store).toBe('memory')
  expect(state()).toMatchObject({ state: 'invalid', verdict: 'skipped' })
  expect(state()?.detail).toContain('npm install @acme/a')
  const other = await onProvider(new InMemoryProvider(flagOf({ store: 'none', mirror: [] })))
  expect(other.layers.desired()).toMatchObject({ store: 'none', mirrorLayer: 'flag' })
})

test('the context is given with each evaluation', async () => {
  const provider = new InMemoryProvider({
    where: {
      variants: { mine: 'none', others: 'memory' },
      defaultVariant: 'others',
      disabled: false,
      contextEvaluator: (context) => (context.region === 'eu' ? 'mine' : 'others'),
    },
  })
  const domain = newDomain()
  await OpenFeature.setProviderAndWait(domain, provider)
  const flag = { client: OpenFeature.getClient(domain), key: 'where', context: { region: 'eu' } }
  const { layers } = await onClient(flag)
  expect(layers.desired()).toMatchObject({ store: 'none', reason: 'TARGETING_MATCH, variant mine' })
})

test('a change is noticed while the pool runs', async () => {
  const provider = new InMemoryProvider(flagOf('memory'))
  const { layers, heard } = await onProvider(provider)
  provider.putConfiguration(flagOf('none'))
  await soon(() => expect(heard).toEqual([['none']]))
  expect(layers.afterRestart()).toMatchObject({ store: 'none', layer: 'flag' })
})

test.each([
  ['removed', {}, 'FLAG_NOT_FOUND'],
  ['disabled', { where: { variants: { on: 'none' }, defaultVariant: 'on', disabled: true } }, 'no value (DISABLED)'],
  ['a number', flagOf(7), 'neither a string nor { store, mirror }'],
  ['a boolean', flagOf(true), 'neither a string nor { store, mirror }'],
  ['an object without a store', flagOf({ mirror: ['file'] }), 'neither a string nor { store, mirror }'],
  ['an object with more', flagOf({ store: 'memory', stores: {} }), 'neither a string nor { store, mirror }'],
  ['empty', flagOf(' '), 'has no value'],
  ['a variant that is not there', { where: { variants: {}, defaultVariant: 'x', disabled: false } }, 'GENERAL'],
  ['an unknown store', flagOf('memroy'), 'Did you mean "memory"?'],
  ['the word of switchStore()', flagOf('auto'), '"auto" is no store'],
  ['the text of a missing value', flagOf('undefined'), 'looks like a missing value'],
  ['a path that nobody else names', flagOf('/tmp/x.mjs'), 'which the configuration does not know'],
  ['a URI', flagOf('redis://u:hunter2@h'), 'which the configuration does not know'],
  ['a store twice', flagOf({ store: 'file', mirror: ['file'] }), 'selected twice'],
] as const)('a flag that changes to %s keeps its last good value, and that is logged once', async (_, next, words) => {
  const provider = new InMemoryProvider(flagOf('none'))
  const { layers, heard, log, state } = await onProvider(provider)
  provider.putConfiguration(next as never)
  await soon(() => expect(log.with(KEPT)).toHaveLength(1))
  provider.putConfiguration({ ...next, more: flagOf(1).where } as never)
  expect(state()).toMatchObject({ state: 'kept', verdict: 'decides', store: 'none' })
  expect(state()?.detail).toContain(words)
  expect(layers.explain().why).toContain('its last good value is kept')
  expect(
    JSON.stringify([log.lines.map(({ fields, message }) => ({ ...fields, message })), layers.explain()]),
  ).not.toContain('hunter2')

  provider.putConfiguration(flagOf('memory'))
  await soon(() => expect(heard).toEqual([['memory']]))
  await soon(() => expect(state()?.state).toBe('set'))
  expect(log.with(KEPT)).toHaveLength(1)
})

test.each([
  ['not there', {}, 'unset', 'silent'],
  ['of the wrong type', flagOf(7), 'invalid', 'skipped'],
  ['of an unknown store', flagOf('memroy'), 'invalid', 'skipped'],
] as const)('a flag that is %s at the start is skipped until it is valid', async (_, first, stateThen, verdict) => {
  const provider = new InMemoryProvider(first as never)
  const { layers, heard, state, log } = await onProvider(provider)
  expect(layers.desired()).toMatchObject({ store: 'memory', layer: 'config' })
  expect(state()).toMatchObject({ state: stateThen, verdict })
  expect(log.with(SKIPPED)).toHaveLength(1)
  provider.putConfiguration(flagOf('none'))
  await soon(() => expect(heard).toEqual([['none']]))
})

/** A provider that becomes ready, or fails, when the test calls for it. */
function lateProvider(value: string) {
  let ready: () => void = () => undefined
  let fail: (error: Error) => void = () => undefined
  const provider = Object.assign(new InMemoryProvider(flagOf(value)), {
    initialize: () =>
      new Promise<void>((resolve, reject) => {
        ready = resolve
        fail = reject
      }),
  })
  return { provider, ready: () => ready(), fail: (error: Error) => fail(error) }
}

test('a provider that is ready in time decides the selection', async () => {
  const { provider, ready } = lateProvider('none')
  const domain = newDomain()
  OpenFeature.setProvider(domain, provider)
  setTimeout(ready, 30)
  const { layers, log } = await onClient({ client: OpenFeature.getClient(domain), key: 'where', timeoutMs: 10_000 })
  expect(layers.desired()).toMatchObject({ store: 'none', layer: 'flag' })
  expect(log.with(SKIPPED)).toEqual([])
})

test('a provider that is not ready in time is skipped, and decides once it is ready', async () => {
  const { provider, ready } = lateProvider('none')
  const domain = newDomain()
  OpenFeature.setProvider(domain, provider)
  const { layers, heard, state } = await onClient({
    client: OpenFeature.getClient(domain),
    key: 'where',
    timeoutMs: 30,
  })
  expect(layers.desired()).toMatchObject({ store: 'memory', layer: 'config' })
  expect(state()).toMatchObject({
    state: 'unanswered',
    verdict: 'skipped',
    detail: expect.stringMatching(/no answer within 30 ms|NOT_READY/),
  })
  expect(layers.explain().why).toContain('flag is unanswered')
  ready()
  await soon(() => expect(heard).toEqual([['none']]))
})

test('after a failure of the provider its last good value is kept', async () => {
  const provider = new InMemoryProvider(flagOf('none'))
  const { layers, heard, state, log } = await onProvider(provider)
  provider.events.emit(ProviderEvents.Error, { message: 'lost redis://u:hunter2@h', errorCode: ErrorCode.GENERAL })
  await soon(() => expect(state()).toMatchObject({ state: 'kept', detail: 'the provider failed: lost redis://***@h' }))
  expect(layers.desired().store).toBe('none')
  expect(log.with(KEPT)).toHaveLength(1)
  provider.events.emit(ProviderEvents.Ready, {})
  await soon(() => expect(state()?.state).toBe('set'))
  provider.events.emit(ProviderEvents.Stale, {})
  await soon(() => expect(state()?.state).toBe('set'))
  expect(heard).toEqual([])
})

test('a flag and a file that change at the same time are both applied', async () => {
  const cwd = makeFixture({
    'sessionkeep.config.json': {},
    'slow.mjs': `await new Promise((go) => setTimeout(go, 200))\n${pluginSource()}`,
  })
  const provider = new InMemoryProvider(flagOf('memory'))
  const metadata = { store: undefined, ...(await loadConfig({ cwd })), watchIntervalMs: 5 }
  const { layers, heard } = await onProvider(provider, metadata)
  provider.putConfiguration(flagOf('file'))
  await soon(() => expect(heard).toEqual([['file']]))
  // Loading the plug-in makes the change of the file slow, and the flag changes meanwhile.
  writeFileSync(join(cwd, 'sessionkeep.config.json'), '{ "mirror": ["./slow.mjs"] }')
  await new Promise((resolve) => setTimeout(resolve, 60))
  provider.putConfiguration(flagOf({ store: 'none' }))
  await soon(() => expect(layers.desired().store).toBe('none'))
  provider.putConfiguration(flagOf('file'))
  await soon(() => expect(heard.at(-1)).toEqual(['file', join(cwd, 'slow.mjs')]))
})

test('a pool starts with the store of the flag, and explain() names it', async () => {
  const domain = newDomain()
  await OpenFeature.setProviderAndWait(domain, new InMemoryProvider(flagOf('none')))
  const client = OpenFeature.getClient(domain)
  const flag = openFeatureFlag({ client, key: 'where' })
  const { pool } = makePool({ clock: systemClock, host: memoryHost(), metadata: { store: 'memory', flag } })
  await pool.start()
  expect(pool.persistence().desired).toMatchObject({ store: 'none', layer: 'flag' })
  expect(pool.explain().layers.map(({ layer, verdict }) => `${layer} ${verdict}`)).toEqual([
    'runtime silent',
    'flag decides',
    'environment silent',
    'config overruled',
    'default overruled',
  ])
  await pool.stop()
  expect(client.getHandlers(ProviderEvents.Ready)).toEqual([])
})

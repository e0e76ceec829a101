import { memoryStore } from '@sessionkeep/contracts'
import { expect, test } from 'vitest'
import { recordingLogger } from '../../core/test/support/log.ts'
import type { MetadataOptions } from '../src/config-source.ts'
import { createSelectionLayers } from '../src/selection-layers.ts'

const explain = (metadata: MetadataOptions, environment: Record<string, string> = {}) =>
  createSelectionLayers(metadata, environment, recordingLogger().logger)

test('the default decides when no layer has a value', () => {
  const { layers, ...summary } = explain({}).explain()
  expect(summary).toMatchObject({
    store: 'file',
    mirror: [],
    layer: 'default',
    mirrorLayer: 'default',
    why: 'default is the strongest layer that names a store',
  })
  expect(layers.map(({ layer, state, verdict }) => [layer, state, verdict])).toEqual([
    ['runtime', 'unset', 'silent'],
    ['flag', 'unset', 'silent'],
    ['environment', 'unset', 'silent'],
    ['config', 'unset', 'silent'],
    ['default', 'set', 'decides'],
  ])
})

test('every layer is explained with its store and its mirrors', async () => {
  const layers = explain(
    { store: memoryStore(), mirror: ['file', 'keyv'], stores: { keyv: { uri: 'redis://u:hunter2@h' } } },
    { SESSIONKEEP_STORE: 'keyv', SESSIONKEEP_KEYV_URI: 'redis://u:hunter2@h' },
  )
  // The variables of a store are known once its plug-in is loaded.
  await layers.start()
  const before = layers.explain()
  expect(before).toMatchObject({
    store: 'keyv',
    mirror: ['file'],
    layer: 'environment',
    mirrorLayer: 'config',
    why: 'environment is the strongest layer that names a store; the mirrors are named by config',
  })
  expect(before.layers[2]).toEqual({
    layer: 'environment',
    state: 'set',
    verdict: 'decides',
    store: 'keyv',
    source: 'SESSIONKEEP_STORE, SESSIONKEEP_MIRROR',
    options: [{ variable: 'SESSIONKEEP_KEYV_URI', option: 'stores.keyv.uri' }],
  })
  expect(before.layers[3]).toMatchObject({
    store: 'memory',
    mirror: ['file', 'keyv'],
    verdict: 'decides',
    source: 'the program',
  })

  layers.setRuntime({ store: 'none', mirror: [] }, 'drill')
  const after = layers.explain()
  expect(after).toMatchObject({ store: 'none', layer: 'runtime' })
  expect(after.layers.map(({ verdict }) => verdict)).toEqual([
    'decides',
    'silent',
    'overruled',
    'overruled',
    'overruled',
  ])
  expect(after.layers[0]).toMatchObject({ state: 'set', detail: 'drill', since: expect.any(Number) })
})

test('the explanation is plain JSON without credentials', () => {
  const text = 'redis://u:hunter2@h?password=hunter2'
  const layers = explain(
    { store: text, mirror: [text], flag: { read: never, key: text } },
    { SESSIONKEEP_MIRROR: text, SESSIONKEEP_STROE: text },
  )
  layers.setRuntime({ store: text, mirror: [text] }, `because of ${text}`)
  const explanation = layers.explain()
  expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation)
  expect(JSON.stringify(explanation)).not.toContain('hunter2')
})

function never(): Promise<never> {
  return new Promise(() => undefined)
}

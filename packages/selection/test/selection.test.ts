import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type LayerValue, resolveSelection, SELECTION_LAYERS, type SelectionLayer } from '../src/selection.ts'

const name = fc.constantFrom('file', 'keyv', 'memory', 'none', 'x', 'y')
const value = fc.record({ store: name, mirror: fc.uniqueArray(name, { maxLength: 3 }) }, { requiredKeys: [] })
const values: fc.Arbitrary<Partial<Record<SelectionLayer, LayerValue>>> = fc.record(
  { runtime: value, flag: value, environment: value, config: value },
  { requiredKeys: [] },
)

test('the strongest layer with a store decides, and file is the default', () => {
  fc.assert(
    fc.property(values, (given) => {
      const strongest = SELECTION_LAYERS.find((layer) => given[layer]?.store !== undefined)
      const { store, layer } = resolveSelection(given)
      expect({ store, layer }).toEqual(
        strongest ? { store: given[strongest]?.store, layer: strongest } : { store: 'file', layer: 'default' },
      )
    }),
  )
})

test('memory and none have no mirrors, whichever layer names them', () => {
  fc.assert(
    fc.property(values, (given) => {
      const { store, mirror } = resolveSelection(given)
      fc.pre(store === 'memory' || store === 'none')
      expect(mirror).toEqual([])
    }),
  )
})

test('a store without mirrors gets those of a weaker layer, except itself; an empty list means no mirrors', () => {
  const config = { store: 'file', mirror: ['keyv', 'x'] }
  expect(resolveSelection({ environment: { store: 'keyv' }, config })).toMatchObject({
    store: 'keyv',
    mirror: ['x'],
    layer: 'environment',
    mirrorLayer: 'config',
  })
  expect(resolveSelection({ flag: { store: 'keyv', mirror: [] }, config }).mirror).toEqual([])
})

test('a layer that names one store twice is not corrected, so that it is refused later', () => {
  expect(resolveSelection({ flag: { store: 'keyv', mirror: ['keyv'] } }).mirror).toEqual(['keyv'])
})

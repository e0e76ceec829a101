import {
  type LayerValue,
  SELECTION_LAYERS,
  type SelectionLayer,
  type StoreChoice,
  type StoreSelection,
} from './selection.ts'

/** The store that an empty configuration gets. */
export const DEFAULT_STORE = 'file'

export type LayerValues = Readonly<Partial<Record<SelectionLayer, LayerValue | undefined>>>

export interface Resolution extends StoreSelection {
  readonly layer: SelectionLayer
  readonly mirrorLayer: SelectionLayer
  readonly reason: string | undefined
}

/**
 * The store that the strongest layer with a store names, and the mirrors of the strongest layer with mirrors. A mirror that a
 * layer names is left out where another layer makes it the store: it gets every change as it is.
 * `memory` and `none` stand alone, whoever says so: they are the way back.
 */
export function resolveSelection(values: LayerValues): Resolution {
  const layer = SELECTION_LAYERS.find((name) => values[name]?.store !== undefined) ?? 'default'
  const store = values[layer]?.store ?? DEFAULT_STORE
  const mirrorLayer = SELECTION_LAYERS.find((name) => values[name]?.mirror !== undefined) ?? 'default'
  const named = standsAlone(store) ? [] : (values[mirrorLayer]?.mirror ?? [])
  const mirror = layer === mirrorLayer ? named : named.filter((choice) => choice !== store)
  return { store, mirror, layer, mirrorLayer, reason: values[layer]?.reason }
}

/** Whether a store takes no mirrors beside it. An object of that kind does: it was put there for something else. */
export function standsAlone(store: StoreChoice): boolean {
  return store === 'memory' || store === 'none'
}

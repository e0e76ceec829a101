import { isDeepStrictEqual } from 'node:util'
import type { MetadataStore } from '@sessionkeep/contracts'
import { redact } from '@sessionkeep/contracts/internal'
import type { StoreSources } from './store-options.ts'

/** The layers that can select a store, with the strongest first. */
export const SELECTION_LAYERS = ['runtime', 'flag', 'environment', 'config', 'default'] as const
/** One of the five layers that can select a store: a call at run time, the flag, the environment, the configuration, or the default. */
export type SelectionLayer = (typeof SELECTION_LAYERS)[number]

/** The store that is used when no layer names one. */
export const DEFAULT_STORE = 'file'

/** A store, given as a name, an npm package, a path, or a store object. */
export type StoreChoice = string | MetadataStore

/** A store, and mirrors that get every change too. */
export interface StoreSelection {
  readonly store: StoreChoice
  readonly mirror: readonly StoreChoice[]
}

/** The value of one layer. Weaker layers decide about what it leaves out. */
export interface LayerValue extends Partial<StoreSelection> {
  readonly reason?: string | undefined
}

interface Resolution extends StoreSelection {
  /** The layer that named the store. */
  readonly layer: SelectionLayer
  /** The layer that named the mirrors, which may be another one. */
  readonly mirrorLayer: SelectionLayer
  /** The reason that was given for the selection, if any. */
  readonly reason: string | undefined
}

/** Where a selection was written, for error messages. A value is undefined when the caller itself gave it. */
export interface Origins {
  /** The source of a choice and of its options. */
  choice(choice: StoreChoice): string | undefined
  /** The source of the mirrors. */
  readonly mirrors: string | undefined
  /** The source of the options of all stores, except those that environment variables set. */
  readonly options: string | undefined
}

/** The stores that the deciding layer names, with all that is needed to load them. */
export interface DesiredSelection extends Resolution, StoreSources {
  /** Since when this selection is desired, ms since the epoch. */
  readonly since: number
  /** Where the selection was written; undefined for a call at run time. */
  readonly origins?: Origins | undefined
}

/**
 * Resolves the layers: the store of the strongest layer that names one, and the mirrors of the strongest layer that names
 * mirrors. A mirror is dropped when another layer makes it the store, which gets every change anyway. `memory` and `none`
 * never have mirrors, because selecting them is a rollback.
 */
export function resolveSelection(
  values: Readonly<Partial<Record<SelectionLayer, LayerValue | undefined>>>,
): Resolution {
  const layer = SELECTION_LAYERS.find((name) => values[name]?.store !== undefined) ?? 'default'
  const store = values[layer]?.store ?? DEFAULT_STORE
  const mirrorLayer = SELECTION_LAYERS.find((name) => values[name]?.mirror !== undefined) ?? 'default'
  const named = isOffByName(store) ? [] : (values[mirrorLayer]?.mirror ?? [])
  const mirror = layer === mirrorLayer ? named : named.filter((choice) => choice !== store)
  return { store, mirror, layer, mirrorLayer, reason: values[layer]?.reason }
}

/** The name that reports use when no store is active, so that the sessions are only in the pool's memory. */
export const OFF = 'memory'

/** Whether a choice is the store `none`, by name or as an object. */
export const isNone = (store: StoreChoice): boolean => nameOfChoice(store) === 'none'

/** Whether a choice is `memory` by its name, or `none` by its name or as an object: nothing is kept over a restart. */
export const isOff = (store: StoreChoice): boolean => isOffByName(store) || isNone(store)

/** Whether a choice switches persistence off by its name. A store object of that kind does not, because the program gave it on purpose. */
export function isOffByName(store: StoreChoice): boolean {
  return store === 'memory' || store === 'none'
}

/** Whether two selections have the same store, the same mirrors, and the same options of these. */
export function isSameSelection(a: DesiredSelection, b: DesiredSelection): boolean {
  const [ofA, ofB] = [a, b].map(({ store, mirror }) => [store, ...mirror])
  const isSame = (choice: StoreChoice) =>
    typeof choice !== 'string' || isDeepStrictEqual(a.stores[choice]?.options ?? {}, b.stores[choice]?.options ?? {})
  return ofA?.length === ofB?.length && ofA?.every((choice, at) => choice === ofB?.[at] && isSame(choice)) === true
}

/** The name of a chosen store, for logs and messages, with credentials redacted. */
export function nameOfChoice(choice: StoreChoice): string {
  return redact(typeof choice === 'string' ? choice : String(choice.name))
}

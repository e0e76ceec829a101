import { isDeepStrictEqual } from 'node:util'
import type { MetadataStore } from '../contracts/metadata-store.ts'
import { redact } from '../errors/redact.ts'
import type { StoreSources } from './store-options.ts'

/** The layers that can name the store, the strongest first. */
export const SELECTION_LAYERS = ['runtime', 'flag', 'environment', 'config', 'default'] as const
/** One of the five places where a store can be named. */
export type SelectionLayer = (typeof SELECTION_LAYERS)[number]

/** The store that an empty configuration gets. */
export const DEFAULT_STORE = 'file'

/** A store by its name, a package, a path, or the store itself. */
export type StoreChoice = string | MetadataStore

/** A store, and further ones that get every change. */
export interface StoreSelection {
  readonly store: StoreChoice
  readonly mirror: readonly StoreChoice[]
}

/** What one layer says. What it leaves out is left to the weaker ones. */
export interface LayerValue extends Partial<StoreSelection> {
  readonly reason?: string | undefined
}

interface Resolution extends StoreSelection {
  /** Which layer named the store. */
  readonly layer: SelectionLayer
  /** Which layer named the mirrors; it may be a weaker one than that of the store. */
  readonly mirrorLayer: SelectionLayer
  /** Why, in the words of whoever decided; undefined where nobody said. */
  readonly reason: string | undefined
}

/** Where a selection was said, for whoever has to mend it; undefined where only the caller's own words can be meant. */
export interface Origins {
  /** Where a choice and its options are from. */
  choice(choice: StoreChoice): string | undefined
  /** Where the mirrors are from. */
  readonly mirrors: string | undefined
  /** Where the options of all stores are from, but for those of the environment. */
  readonly options: string | undefined
}

/** What is wanted, and which layer said so. */
export interface DesiredSelection extends Resolution, StoreSources {
  /** Since when it is wanted, ms since the epoch. */
  readonly since: number
  /** Where it was said; undefined where the call itself says it. */
  readonly origins?: Origins | undefined
}

/**
 * The store that the strongest layer with a store names, and the mirrors of the strongest layer with mirrors. A mirror that
 * a layer names is left out where another layer makes it the store, since the store gets every change anyway.
 * `memory` and `none` have no mirrors, whoever says so, because they are the rollback.
 */
export function resolveSelection(
  values: Readonly<Partial<Record<SelectionLayer, LayerValue | undefined>>>,
): Resolution {
  const layer = SELECTION_LAYERS.find((name) => values[name]?.store !== undefined) ?? 'default'
  const store = values[layer]?.store ?? DEFAULT_STORE
  const mirrorLayer = SELECTION_LAYERS.find((name) => values[name]?.mirror !== undefined) ?? 'default'
  const named = standsAlone(store) ? [] : (values[mirrorLayer]?.mirror ?? [])
  const mirror = layer === mirrorLayer ? named : named.filter((choice) => choice !== store)
  return { store, mirror, layer, mirrorLayer, reason: values[layer]?.reason }
}

/** What stands in reports for no store at all: the sessions are in the pool's memory alone. */
export const OFF = 'memory'

/** Whether a store keeps nothing on purpose, by its name or as an object. */
export const isNone = (store: StoreChoice): boolean => nameOfChoice(store) === 'none'

/** Whether a choice means that nothing is to be kept over a restart. */
export const isOff = (store: StoreChoice): boolean => standsAlone(store) || isNone(store)

/** Whether a store takes no mirrors. A store object of that kind does, since the program gave it for another purpose. */
export function standsAlone(store: StoreChoice): boolean {
  return store === 'memory' || store === 'none'
}

/** Whether two decisions come to the same: the same store, the same mirrors, and the same options of those that are chosen. */
export function isSameSelection(a: DesiredSelection, b: DesiredSelection): boolean {
  const [ofA, ofB] = [a, b].map(({ store, mirror }) => [store, ...mirror])
  const isSame = (choice: StoreChoice) =>
    typeof choice !== 'string' || isDeepStrictEqual(a.stores[choice]?.options ?? {}, b.stores[choice]?.options ?? {})
  return ofA?.length === ofB?.length && ofA?.every((choice, at) => choice === ofB?.[at] && isSame(choice)) === true
}

/** The name of a chosen store, for people; also of one that is refused because it has none. Without a login in it. */
export function nameOfChoice(choice: StoreChoice): string {
  return redact(typeof choice === 'string' ? choice : String(choice.name))
}

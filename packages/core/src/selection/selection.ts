import type { MetadataStore } from '../contracts/metadata-store.ts'

/** The layers that can name the store, the strongest first. */
export const SELECTION_LAYERS = ['runtime', 'flag', 'environment', 'config', 'default'] as const
export type SelectionLayer = (typeof SELECTION_LAYERS)[number]

/** A store by its name, a package, a path, or the store itself. */
export type StoreChoice = string | MetadataStore

/** A store, and further ones that get every change. */
export interface StoreSelection {
  readonly store: StoreChoice
  readonly mirror: readonly StoreChoice[]
}

/** What is wanted, and which layer said so. */
export interface DesiredSelection extends StoreSelection {
  /** Options of stores chosen by name, under that name. */
  readonly stores: Readonly<Record<string, unknown>>
  readonly layer: SelectionLayer
  /** Why, in the words of whoever decided; undefined where nobody said. */
  readonly reason: string | undefined
  /** Since when it is wanted, ms since the epoch. */
  readonly since: number
}

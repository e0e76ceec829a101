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
  /** Which layer named the mirrors; it may be a weaker one than that of the store. */
  readonly mirrorLayer: SelectionLayer
  /** Where packages are looked for first. */
  readonly directory: string
  /** Why, in the words of whoever decided; undefined where nobody said. */
  readonly reason: string | undefined
  /** Since when it is wanted, ms since the epoch. */
  readonly since: number
  /** Where it was said; undefined where the call itself says it. */
  readonly origins?: Origins | undefined
}

/** Where a selection was said, for whoever has to mend it; each undefined where only the caller's own words can be meant. */
export interface Origins {
  /** Where a choice and its options are from. */
  choice(choice: StoreChoice): string | undefined
  /** Where the mirrors are from. */
  readonly mirrors: string | undefined
  /** Where the options of all stores are from, but for those of the environment. */
  readonly options: string | undefined
}

/** What one layer says; what it leaves out is for the weaker ones. */
export interface LayerValue extends Partial<StoreSelection> {
  readonly reason?: string | undefined
}

/** The name of a chosen store, for people; also of one that is refused because it has none. */
export function nameOfChoice(choice: StoreChoice): string {
  return typeof choice === 'string' ? choice : String(choice.name)
}

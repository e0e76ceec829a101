import type { StoreKey } from './options.ts'

/** What a pool is to keep its metadata in, the mirrors behind a plus; the last two are core's own. */
export const SELECTIONS = ['A', 'A+B', 'B+A', 'B', 'memory', 'none'] as const
export type Selection = (typeof SELECTIONS)[number]

/** The stores of a selection, the first one first; none for core's own. */
export function storesOf(selection: Selection): StoreKey[] {
  return selection.split('+').filter((part): part is StoreKey => part === 'A' || part === 'B')
}

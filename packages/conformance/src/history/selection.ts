import type { StoreKey } from './options.ts'

/** The selections that a history draws from. Mirrors follow a plus; the last two are built-in stores of core. */
export const SELECTIONS = ['A', 'A+B', 'B+A', 'B', 'memory', 'none'] as const
export type Selection = (typeof SELECTIONS)[number]

/** The two stores that a selection names, the primary first; none for a built-in store. */
export function storesOf(selection: Selection): StoreKey[] {
  return selection.split('+').filter((part): part is StoreKey => part === 'A' || part === 'B')
}

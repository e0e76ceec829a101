import type { StoreKey } from './options.ts'

/** The selections that a history draws from. A mirror follows a plus. `memory` and `none` select no store. */
export const SELECTIONS = ['A', 'A+B', 'B+A', 'B', 'memory', 'none'] as const
export type Selection = (typeof SELECTIONS)[number]

/** The stores that a selection names, the primary first; none for `memory` and `none`. */
export function storesOf(selection: Selection): StoreKey[] {
  return selection.split('+').filter((part): part is StoreKey => part === 'A' || part === 'B')
}

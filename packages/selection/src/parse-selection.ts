import { ConfigError, messageOf } from '@sessionkeep/contracts'
import { didYouMean } from '@sessionkeep/contracts/internal'
import type { StoreChoice, StoreSelection } from './selection.ts'

/** The argument of `switchStore`: a store, with or without mirrors, or `auto` for the store that the other layers select. */
export type SwitchSelection = StoreChoice | { readonly store: StoreChoice; readonly mirror?: readonly StoreChoice[] }

/** Converts a selection to one form; undefined for `auto`. @throws `CONFIG_INVALID` */
export function parseSelection(selection: SwitchSelection): StoreSelection | undefined {
  try {
    return parse(selection)
  } catch (thrown) {
    if (thrown instanceof ConfigError) throw thrown
    const words = messageOf(thrown)
    throw new ConfigError('CONFIG_INVALID', `A selection cannot be read: ${words}`, { cause: thrown })
  }
}

function parse(selection: SwitchSelection): StoreSelection | undefined {
  if (selection === 'auto') return undefined
  if (isChoice(selection)) return { store: selection, mirror: [] }
  const { store, mirror = [], ...rest } = (selection ?? {}) as { store?: unknown; mirror?: unknown }
  const [unknown] = Object.keys(rest)
  if (isChoice(store) && Array.isArray(mirror) && mirror.every(isChoice)) {
    if (unknown === undefined) return { store, mirror }
    throw new ConfigError(
      'CONFIG_INVALID',
      `A selection has store and mirror, and no ${JSON.stringify(unknown.slice(0, 40))}.${didYouMean(unknown, ['store', 'mirror'])}`,
    )
  }
  throw new ConfigError(
    'CONFIG_INVALID',
    'A store is selected by its name, as a store object, or as { store, mirror: [...] } of these.',
  )
}

/** Whether a value is a possible choice: a name, or an object with the methods of a store. */
export function isChoice(value: unknown): value is StoreChoice {
  if (typeof value === 'string') return value.trim() !== ''
  try {
    return typeof (value as { getMany?: unknown } | null | undefined)?.getMany === 'function'
  } catch {
    // A getter threw, so the object cannot be used as a store.
    return false
  }
}

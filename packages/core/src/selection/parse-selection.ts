import { didYouMean } from '../base/closest-match.ts'
import { messageOf } from '../errors/code-of.ts'
import { ConfigError } from '../errors/config-error.ts'
import type { StoreChoice, StoreSelection } from './selection.ts'

/** What `switchStore` takes: a store, with or without mirrors, or `auto`: what the layers say. */
export type SwitchSelection = StoreChoice | { readonly store: StoreChoice; readonly mirror?: readonly StoreChoice[] }

/** The selection in one shape; undefined for `auto`. Throws `CONFIG_INVALID` for what is none. */
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

/** Whether a value can be meant as a store: a name, or something with a store's methods. */
export function isChoice(value: unknown): value is StoreChoice {
  if (typeof value === 'string') return value.trim() !== ''
  try {
    return typeof (value as { getMany?: unknown } | null | undefined)?.getMany === 'function'
  } catch {
    // What cannot be asked for its methods has none.
    return false
  }
}

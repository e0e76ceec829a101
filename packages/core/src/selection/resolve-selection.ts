import type { MetadataOptions } from '../context/options.ts'
import type { DesiredSelection } from './selection.ts'

/** The store that an empty configuration gets. */
const DEFAULT_STORE = 'file'

/**
 * Which store is wanted: `SESSIONKEEP_STORE`, else the configuration, else `file`. An empty variable counts as unset.
 * `memory` and `none` stand alone, mirrors are not attached: they are the way back.
 */
export function resolveSelection(
  { store, mirror = [], stores = {} }: Pick<MetadataOptions, 'store' | 'mirror' | 'stores'>,
  environment: Readonly<Record<string, string | undefined>>,
): DesiredSelection {
  const named = environment.SESSIONKEEP_STORE?.trim()
  const layer = named ? 'environment' : store !== undefined ? 'config' : 'default'
  const chosen = named || store || DEFAULT_STORE
  const alone = chosen === 'memory' || chosen === 'none'
  return { store: chosen, mirror: alone ? [] : mirror, stores, layer, reason: undefined, since: Date.now() }
}

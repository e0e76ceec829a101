import type { MetadataOptions } from '../context/options.ts'
import type { MetadataStore } from '../contracts/metadata-store.ts'

/** The layers that can name the store, the strongest first. */
export type SelectionLayer = 'environment' | 'config' | 'default'

/** What is wanted, and which layer said so. */
export interface DesiredSelection {
  readonly store: string | MetadataStore
  readonly mirror: ReadonlyArray<string | MetadataStore>
  readonly layer: SelectionLayer
}

/** The store that an empty configuration gets. */
const DEFAULT_STORE = 'file'

/**
 * Which store is wanted: `SESSIONKEEP_STORE`, else the configuration, else `file`. An empty variable counts as unset.
 * `memory` and `none` stand alone, mirrors are not attached: they are the way back.
 */
export function resolveSelection(
  { store, mirror = [] }: Pick<MetadataOptions, 'store' | 'mirror'>,
  environment: Readonly<Record<string, string | undefined>>,
): DesiredSelection {
  const named = environment.SESSIONKEEP_STORE?.trim()
  const layer = named ? 'environment' : store !== undefined ? 'config' : 'default'
  const chosen = named || store || DEFAULT_STORE
  return { store: chosen, mirror: chosen === 'memory' || chosen === 'none' ? [] : mirror, layer }
}

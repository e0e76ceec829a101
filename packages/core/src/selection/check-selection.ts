import type { MetadataStore } from '../contracts/metadata-store.ts'
import { ConfigError } from '../errors/config-error.ts'
import { nearest } from './nearest.ts'

/**
 * Refuses what cannot be meant: one store twice, and options under a name that is no store's. Options of a store that is
 * not selected now are meant: the flag may select it later.
 */
export function checkSelection(
  selections: ReadonlyArray<string | MetadataStore>,
  stores: Readonly<Record<string, unknown>>,
  known: readonly string[],
): void {
  const twice = selections.find((selection, at) => selections.indexOf(selection) !== at)
  if (twice !== undefined) {
    const name = typeof twice === 'string' ? twice : twice.name
    throw new ConfigError('CONFIG_INVALID', `The store "${name}" is selected twice; a mirror is another store.`)
  }
  for (const name of Object.keys(stores)) {
    if (known.includes(name) || selections.includes(name)) continue
    const guess = nearest(name, known)
    if (!guess) continue
    throw new ConfigError(
      'CONFIG_INVALID',
      `There are options under stores.${name}, and no store of that name. Did you mean "${guess}"?`,
    )
  }
}

import { nearest } from '../base/closest-match.ts'
import { withoutCredentials } from '../base/redact.ts'
import { ConfigError } from '../errors/config-error.ts'
import { STORE_NAMES } from './plugins/store-names.ts'
import { standsAlone } from './resolve-selection.ts'
import { nameOfChoice, type StoreChoice } from './selection.ts'

/**
 * Refuses what cannot be meant: one store twice, and options under a name that is no store's. Options of a store that is
 * not selected now are meant: the flag may select it later. Of `memory` and `none` alone no options are looked at.
 */
export function checkSelection(
  selections: readonly StoreChoice[],
  stores: Readonly<Record<string, unknown>>,
  origins: { readonly mirrors?: string | undefined; readonly options?: string | undefined } = {},
): void {
  const refuse = (text: string, origin: string | undefined): never => {
    throw new ConfigError('CONFIG_INVALID', origin ? `${text} (${origin})` : text, {
      context: origin ? { origin } : {},
    })
  }
  const twice = selections.find((selection, at) => selections.indexOf(selection) !== at)
  if (twice !== undefined) {
    const name = withoutCredentials(nameOfChoice(twice))
    refuse(`The store "${name}" is selected twice; a mirror is another store.`, origins.mirrors)
  }
  // The way back is not to wait for somebody who mends options of other stores.
  if (selections.every(standsAlone)) return
  for (const name of Object.keys(stores)) {
    if (STORE_NAMES.includes(name) || selections.includes(name)) continue
    const guess = nearest(name, STORE_NAMES)
    if (!guess) continue
    refuse(
      `There are options under stores.${name}, and no store of that name. Did you mean "${guess}"?`,
      origins.options,
    )
  }
}

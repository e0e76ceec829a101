import { isDeepStrictEqual } from 'node:util'
import { ConfigError, type Logger } from '@sessionkeep/contracts'
import { didYouMean } from '@sessionkeep/contracts/internal'
import { type FoundStore, findStore } from './load-store.ts'
import { STORE_NAMES } from './names.ts'
import { withOrigin } from './origin.ts'
import { type DesiredSelection, isOffByName, nameOfChoice, type StoreChoice } from './selection.ts'

/**
 * Refuses a selection with one store twice, and options under a name that looks like a misspelt store. Options of a store that
 * is not selected now are allowed, because the flag may select it later. When only `memory` or `none` is selected, options
 * are not checked, so that wrong options of another store cannot prevent a rollback.
 *
 * @throws `CONFIG_INVALID`
 */
export function checkSelection(
  selections: readonly StoreChoice[],
  { stores, plugins }: Pick<DesiredSelection, 'stores' | 'plugins'>,
  origins: { readonly mirrors?: string | undefined; readonly options?: string | undefined } = {},
): void {
  const twice = selections.find((selection, at) => selections.indexOf(selection) !== at)
  if (twice !== undefined) {
    throw invalid(
      `The store "${nameOfChoice(twice)}" is selected twice; a mirror must be another store.`,
      origins.mirrors,
    )
  }
  if (selections.every(isOffByName)) return
  const known = [...STORE_NAMES, ...plugins.map(({ name }) => name)]
  for (const name of Object.keys(stores)) {
    if (known.includes(name) || selections.includes(name)) continue
    const guess = didYouMean(name, known)
    if (guess)
      throw invalid(`There are options under stores.${name}, but no store has that name.${guess}`, origins.options)
  }
}

/**
 * Checks that the selected stores can be loaded, without opening them. Rejects with a `ConfigError` when a store is unknown or
 * not installed, its options are wrong, or one store is selected under two names.
 */
export async function checkLoadable(desired: DesiredSelection, logger: Logger): Promise<void> {
  const { store, mirror, origins } = desired
  checkSelection([store, ...mirror], desired, origins)
  const found: Array<{ readonly choice: StoreChoice; readonly store: FoundStore }> = []
  for (const choice of [store, ...mirror]) {
    const candidate = await findStore(choice, desired, logger).catch((error: unknown) => {
      throw withOrigin(error, origins?.choice(choice))
    })
    const same = found.find((other) => isSame(other.store, candidate))
    if (same) {
      throw invalid(
        `"${nameOfChoice(same.choice)}" and "${nameOfChoice(choice)}" are one store with the same options, selected twice; a mirror must be another store.`,
        origins?.mirrors,
      )
    }
    found.push({ choice, store: candidate })
  }
}

/** Whether two names lead to the same plug-in with the same options, and so to the same store. */
function isSame(a: FoundStore, b: FoundStore): boolean {
  return a.plugin !== undefined && a.plugin === b.plugin && isDeepStrictEqual(a.options, b.options)
}

function invalid(text: string, origin: string | undefined): unknown {
  return withOrigin(new ConfigError('CONFIG_INVALID', text), origin)
}

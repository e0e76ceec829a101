import { isDeepStrictEqual } from 'node:util'
import { didYouMean } from '../base/closest-match.ts'
import type { Logger } from '../contracts/logger.ts'
import { ConfigError } from '../errors/config-error.ts'
import { type FoundStore, findStore } from './load-store.ts'
import { STORE_NAMES } from './names.ts'
import { withOrigin } from './origin.ts'
import { type DesiredSelection, nameOfChoice, type StoreChoice, standsAlone } from './selection.ts'

/**
 * Refuses what cannot be meant: one store twice, and options under a name that is no store's. Options of a store that is
 * not selected now are meant, since the flag may select it later. With `memory` or `none` alone no options are looked at, so
 * that a rollback waits for nobody who mends options of other stores.
 */
export function checkSelection(
  selections: readonly StoreChoice[],
  stores: Readonly<Record<string, unknown>>,
  origins: { readonly mirrors?: string | undefined; readonly options?: string | undefined } = {},
): void {
  const twice = selections.find((selection, at) => selections.indexOf(selection) !== at)
  if (twice !== undefined) {
    throw invalid(`The store "${nameOfChoice(twice)}" is selected twice; a mirror is another store.`, origins.mirrors)
  }
  if (selections.every(standsAlone)) return
  for (const name of Object.keys(stores)) {
    if (STORE_NAMES.includes(name) || selections.includes(name)) continue
    const guess = didYouMean(name, STORE_NAMES)
    if (guess)
      throw invalid(`There are options under stores.${name}, and no store of that name.${guess}`, origins.options)
  }
}

/**
 * Rejects with a `ConfigError` where the wanted stores cannot be had: no such name, not installed, wrong options, or one store
 * under two names. Nothing is opened.
 */
export async function checkLoadable(desired: DesiredSelection, logger: Logger): Promise<void> {
  const { store, mirror, stores, origins } = desired
  checkSelection([store, ...mirror], stores, origins)
  const found: Array<{ readonly choice: StoreChoice; readonly store: FoundStore }> = []
  for (const choice of [store, ...mirror]) {
    const one = await findStore(choice, desired, logger).catch((error: unknown) => {
      throw withOrigin(error, origins?.choice(choice))
    })
    const same = found.find((other) => isSame(other.store, one))
    if (same) {
      throw invalid(
        `"${nameOfChoice(same.choice)}" and "${nameOfChoice(choice)}" are one store with the same options, selected twice; a mirror is another store.`,
        origins?.mirrors,
      )
    }
    found.push({ choice, store: one })
  }
}

/** A plug-in with the same options makes the same store, by whatever name it was found. */
function isSame(a: FoundStore, b: FoundStore): boolean {
  return a.plugin !== undefined && a.plugin === b.plugin && isDeepStrictEqual(a.options, b.options)
}

function invalid(text: string, origin: string | undefined): unknown {
  return withOrigin(new ConfigError('CONFIG_INVALID', text), origin)
}

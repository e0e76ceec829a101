import { isDeepStrictEqual } from 'node:util'
import type { Logger } from '../../contracts/logger.ts'
import { codeOf } from '../../errors/code-of.ts'
import { ConfigError, type ConfigErrorCode } from '../../errors/config-error.ts'
import { checkSelection } from '../check-selection.ts'
import { type DesiredSelection, nameOfChoice, type StoreChoice } from '../selection.ts'
import { type FoundStore, findStore } from './load-store.ts'

/**
 * Rejects with a `ConfigError` where the wanted stores cannot be had: no such name, not installed, wrong options, or one store
 * under two names. Nothing is opened.
 */
export async function checkLoadable(desired: DesiredSelection, logger: Logger): Promise<void> {
  const { store, mirror, stores, directory, origins } = desired
  checkSelection([store, ...mirror], stores, origins)
  const found: Array<{ readonly choice: StoreChoice; readonly store: FoundStore }> = []
  for (const choice of [store, ...mirror]) {
    const one = await findStore(choice, stores, logger, directory).catch((error: unknown) => {
      throw withOrigin(error, origins?.choice(choice))
    })
    const same = found.find((other) => isSame(other.store, one))
    if (same) throw withOrigin(sameTwice(same.choice, choice), origins?.mirrors)
    found.push({ choice, store: one })
  }
}

/** A plug-in with the same options makes the same store, by whatever name it was found. */
function isSame(a: FoundStore, b: FoundStore): boolean {
  return a.plugin !== undefined && a.plugin === b.plugin && isDeepStrictEqual(a.options, b.options)
}

function sameTwice(a: StoreChoice, b: StoreChoice): ConfigError {
  return new ConfigError(
    'CONFIG_INVALID',
    `"${nameOfChoice(a)}" and "${nameOfChoice(b)}" are one store with the same options, selected twice; a mirror is another store.`,
  )
}

/** The same error, with where to mend it. */
export function withOrigin(error: unknown, origin: string | undefined): unknown {
  const code = codeOf(error)
  if (!origin || !code?.startsWith('CONFIG_')) return error
  const { message, context } = error as ConfigError
  return new ConfigError(code as ConfigErrorCode, `${message} (${origin})`, {
    cause: error,
    context: { ...context, origin },
  })
}

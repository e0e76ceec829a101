import { nearest } from '../../base/closest-match.ts'
import { withoutCredentials } from '../../base/redact.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { isUri } from './names.ts'
import { STORE_NAMES } from './store-names.ts'

/** What a template or a script writes where it has no value. Packages of these names exist, and are nobody's store. */
const NO_VALUES: readonly string[] = ['undefined', 'null', 'true', 'false', 'NaN']

/** No package's name is longer: npm's own limit. */
const LONGEST_PACKAGE = 214

const known = (): string => `Known are: ${STORE_NAMES.join(', ')}.`

/** What is wrong with a name that is never a store's; undefined for one that may be. */
export function notAName(given: string): ConfigError | undefined {
  if (given === 'auto') {
    return refused(
      given,
      "\"auto\" is no store: switchStore('auto') and openStore('auto') alone take it, for what the layers say. Leave the store out, or name one.",
    )
  }
  if (!NO_VALUES.includes(given)) return undefined
  return refused(
    given,
    `"${given}" is no store, and looks like a value that was missing where this was written. Leave the store out, or name one.`,
  )
}

/** For what cannot be a package's name either. A connection string is not repeated. */
export function unknownStore(given: string): ConfigError {
  if (isUri(given) || /[=;]/.test(given)) {
    const what = isUri(given) ? `"${withoutCredentials(given)}"` : `A text of ${given.length} characters`
    return refused(
      given,
      `${what} is a connection string, where a store's name belongs. Set the store to "keyv", and put the string under stores.keyv.uri or into SESSIONKEEP_KEYV_URI.`,
    )
  }
  const guess = nearest(given, STORE_NAMES)
  return refused(
    given,
    `There is no store named "${withoutCredentials(given)}".${guess ? ` Did you mean "${guess}"?` : ''}`,
  )
}

/** For a word that is no package here: rather a name that was mistyped. */
export function missingStore(selection: string, named: readonly string[], cause: unknown): ConfigError {
  if (selection.length > LONGEST_PACKAGE) return unknownStore(selection)
  const others = [...STORE_NAMES, ...named].filter((name) => name !== selection)
  const guess = nearest(selection, others)
  const text = `There is no store named "${selection}", and no package of that name is installed.`
  if (guess) return refused(selection, `${text} Did you mean "${guess}"?`)
  const [name] = /^(?:@[^/]*\/)?[^/]*/.exec(selection) ?? [selection]
  return new ConfigError('CONFIG_MISSING_PACKAGE', `${text} If a package is meant: npm install ${name}. ${known()}`, {
    cause,
    context: { store: selection, package: name },
  })
}

function refused(given: string, text: string): ConfigError {
  return new ConfigError('CONFIG_UNKNOWN_STORE', `${text} ${known()}`, {
    context: { store: /[=;]/.test(given) ? '' : withoutCredentials(given) },
  })
}

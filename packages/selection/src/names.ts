import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import { absolutePath, ConfigError, type MetadataStore, memoryStore, noneStore } from '@sessionkeep/contracts'
import { didYouMean, redact } from '@sessionkeep/contracts/internal'

/** The packages of this project, by their short names. */
export const PACKAGES: Readonly<Record<string, string>> = {
  file: '@sessionkeep/store-file',
  lowdb: '@sessionkeep/store-lowdb',
  keyv: '@sessionkeep/store-keyv',
  tmux: '@sessionkeep/tmux',
}
const SHORT_NAMES = new Map(Object.entries(PACKAGES).map(([name, given]) => [given, name]))

/** Stores that need no package, so that a rollback needs no installation. */
export const BUILT_IN: Readonly<Record<string, () => MetadataStore>> = { memory: memoryStore, none: noneStore }

/** The short names of all stores of this project. */
export const STORE_NAMES: readonly string[] = [...Object.keys(PACKAGES), ...Object.keys(BUILT_IN)]

/** The names by which people call a store of the package keyv, each with the scheme of its URI. */
const OF_KEYV: Readonly<Record<string, string>> = {
  redis: 'redis',
  valkey: 'valkey',
  postgres: 'postgres',
  postgresql: 'postgres',
  sqlite: 'sqlite',
  sqlite3: 'sqlite',
  etcd: 'etcd',
}

/** The texts that a template or script writes when a value is missing. Packages of these names exist, and none of them is a store. */
const NO_VALUES: readonly string[] = ['undefined', 'null', 'true', 'false', 'NaN']

/** npm's limit for the name of a package, characters. */
const MAX_PACKAGE_LENGTH = 214

/** What people write behind the name of a store and a colon, the variable where it belongs, and its option. */
const PLACES: Readonly<Record<string, readonly [what: string, variable: string, option: string]>> = {
  file: ['directory', 'SESSIONKEEP_DIRECTORY', 'directory'],
  lowdb: ['file', 'SESSIONKEEP_FILE', 'file'],
  keyv: ['URI', 'SESSIONKEEP_KEYV_URI', 'uri'],
}

/** What to do with a directory that was given as the name of a store. */
export const DIRECTORY_ADVICE =
  'To keep records in it, name the store "file", and put the directory into SESSIONKEEP_DIRECTORY or under stores.file.directory.'

/** The URL of a module. `file:DIRECTORY`, as the command writes a store with its place, is none. */
const MODULE_URL = /^file:(\/\/|.*\.[cm]?[jt]s$)/s

/** Whether a store's name is a path: absolute, beginning with a dot or with `~/`, or the `file:` URL of a module. */
export function isPath(name: string): boolean {
  return isAbsolute(name) || /^(\.{1,2}|~)([\\/]|$)/.test(name) || MODULE_URL.test(name)
}

/**
 * Returns the one name of a store that can be written in several ways: the short name for a package of this project, the
 * absolute form for a path, and any other name unchanged.
 */
export function canonicalName(name: string, base: string): string {
  if (!isPath(name)) return SHORT_NAMES.get(name) ?? name
  if (!name.startsWith('file:')) return absolutePath(name, base)
  try {
    return fileURLToPath(name)
  } catch {
    // An invalid URL is reported when the store is loaded.
    return name
  }
}

/** {@link canonicalName} for a choice. A store object is returned unchanged. */
export function canonicalChoice<Choice>(choice: Choice | string, base: string): Choice | string {
  return typeof choice === 'string' ? canonicalName(choice, base) : choice
}

/** The error for a name that can never be a store's; undefined for a name that can. */
export function invalidName(given: string): ConfigError | undefined {
  if (given === 'auto') {
    return unknown(
      given,
      "\"auto\" is no store; only switchStore('auto') and openStore('auto') accept it, to use the store that the layers select. Leave the store out, or name one.",
    )
  }
  const scheme = Object.hasOwn(OF_KEYV, given.toLowerCase()) ? OF_KEYV[given.toLowerCase()] : undefined
  if (scheme !== undefined) {
    return unknown(
      given,
      `The store for ${given} is named "keyv". Set the store to "keyv", and SESSIONKEEP_KEYV_URI or stores.keyv.uri to ${scheme}://….`,
    )
  }
  if (!NO_VALUES.includes(given)) return undefined
  return unknown(given, `"${given}" is no store, and looks like a missing value. Leave the store out, or name one.`)
}

/** The error for what cannot be a package's name either. A connection string that is no URI is not repeated at all. */
export function unknownStore(given: string): ConfigError {
  const isUri = /^[a-z][a-z0-9+.-]*:/i.test(given) && !isPath(given)
  if (!isUri && !isConnectionString(given)) {
    return unknown(given, `There is no store named "${given}".${didYouMean(given, STORE_NAMES)}`)
  }
  const name = (given.split(':')[0] ?? '').toLowerCase()
  if (isUri && STORE_NAMES.includes(name))
    return unknown(given, `A store is selected by its name alone: ${alone(name)}`)
  const what = isUri ? `"${redact(given)}"` : `A text of ${given.length} characters`
  return unknown(
    given,
    `${what} is a connection string, where a store's name belongs. Set the store to "keyv", and put the string under stores.keyv.uri or into SESSIONKEEP_KEYV_URI.`,
  )
}

/** How to write the store of this name, whose options stand elsewhere. The built-in ones have none. */
function alone(name: string): string {
  const [what, variable, option] = PLACES[name] ?? []
  if (what) return `write "${name}", and put the ${what} into ${variable} or under stores.${name}.${option}.`
  return Object.hasOwn(BUILT_IN, name) ? `write "${name}".` : `write "${name}". Its options stand under stores.${name}.`
}

/** The error for a name for which no package is installed. A misspelt name of a known store is more likely. */
export function missingStore(selection: string, named: readonly string[], cause: unknown): ConfigError {
  if (selection.length > MAX_PACKAGE_LENGTH) return unknownStore(selection)
  const others = [...STORE_NAMES, ...named].filter((name) => name !== selection)
  const guess = didYouMean(selection, others)
  const text = `There is no store named "${selection}", and no package of that name is installed.`
  if (guess) return unknown(selection, `${text}${guess}`)
  const [name] = /^(?:@[^/]*\/)?[^/]*/.exec(selection) ?? [selection]
  return new ConfigError('CONFIG_MISSING_PACKAGE', `${text} If you mean a package: npm install ${name}. ${known()}`, {
    cause,
    context: { store: selection, package: name },
  })
}

function unknown(given: string, text: string): ConfigError {
  return new ConfigError('CONFIG_UNKNOWN_STORE', `${text} ${known()}`, {
    context: { store: isConnectionString(given) ? '' : given },
  })
}

const isConnectionString = (given: string): boolean => /[=;]/.test(given)
const known = (): string => `Known are: ${STORE_NAMES.join(', ')}.`

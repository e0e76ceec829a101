import type { Logger } from '../contracts/logger.ts'
import type { MetadataStore } from '../contracts/metadata-store.ts'
import { codeOf } from '../errors/code-of.ts'
import { ConfigError } from '../errors/config-error.ts'
import { memoryStore } from '../stores/memory-store.ts'
import { noneStore } from '../stores/none-store.ts'
import { checkPluginOptions } from './check-plugin-options.ts'
import { importPlugin } from './import-plugin.ts'
import { isPath, isUri, PACKAGES } from './names.ts'
import { nearest } from './nearest.ts'
import type { StoreChoice } from './selection.ts'
import { toldCause } from './told-cause.ts'
import { withoutCredentials } from './without-credentials.ts'
import { workingDirectory } from './working-directory.ts'

const BUILT_IN: Readonly<Record<string, () => MetadataStore>> = { memory: memoryStore, none: noneStore }
/** Every name that stands for a store of ours. */
export const STORE_NAMES: readonly string[] = [...Object.keys(PACKAGES), ...Object.keys(BUILT_IN)]

/** What an npm package may be called, with a path inside it. */
const PACKAGE_NAME = /^(?:@[a-z0-9~_-][a-z0-9._~-]*\/)?[a-z0-9~_-][a-z0-9._~-]*(?:\/[^\s]+)?$/

/** The store of that name, made but not opened. Rejects with a `ConfigError` that says what to do. */
export async function loadStore(
  selection: StoreChoice,
  stores: Readonly<Record<string, unknown>>,
  logger: Logger,
  directory: string = workingDirectory(),
): Promise<MetadataStore> {
  const make = await findStore(selection, stores, logger, directory)
  try {
    return checkStore(made(selection, make()))
  } catch (cause) {
    if (codeOf(cause)?.startsWith('CONFIG_')) throw cause
    const { words, options } = toldCause(cause)
    throw new ConfigError('CONFIG_PLUGIN_INVALID', `Store "${nameFor(selection)}" cannot be made: ${words}`, options)
  }
}

/** What a plug-in made. A promise of a store is none, and what becomes of it is to hurt nobody. */
function made(selection: StoreChoice, store: MetadataStore): MetadataStore {
  const promised = store as unknown as Promise<unknown> | undefined
  if (typeof promised?.then !== 'function') return store
  promised.then(undefined, () => undefined)
  throw new ConfigError(
    'CONFIG_PLUGIN_INVALID',
    `Store "${nameFor(selection)}" cannot be made: its create() gives a promise. What takes time belongs into open().`,
  )
}

/** Everything short of making the store: that there is one of that name, and that its options are right. */
export async function findStore(
  selection: StoreChoice,
  stores: Readonly<Record<string, unknown>>,
  logger: Logger,
  directory: string,
): Promise<() => MetadataStore> {
  if (typeof selection !== 'string') return () => checkStore(selection)
  const builtIn = Object.hasOwn(BUILT_IN, selection) ? BUILT_IN[selection] : undefined
  if (builtIn) return builtIn
  const own = Object.hasOwn(PACKAGES, selection) ? PACKAGES[selection] : undefined
  if (!own && !isPath(selection) && !PACKAGE_NAME.test(selection)) throw unknownStore(selection)
  const plugin = await importPlugin(selection, own ?? selection, [directory, workingDirectory()]).catch(
    (error: unknown) => {
      // A word that is no package here is rather a name that was mistyped.
      throw !own && codeOf(error) === 'CONFIG_MISSING_PACKAGE'
        ? missingStore(selection, Object.keys(stores), error)
        : error
    },
  )
  const given = Object.hasOwn(stores, selection) ? stores[selection] : {}
  const options = await checkPluginOptions(plugin, selection, given)
  return () => plugin.create(options, { logger })
}

function checkStore(store: MetadataStore): MetadataStore {
  const methods = ['getMany', 'setMany', 'deleteMany', 'list'] as const
  const missing: string[] = methods.filter((method) => typeof store?.[method] !== 'function')
  if (typeof store?.name !== 'string') missing.push('name')
  if (!store?.capabilities) missing.push('capabilities')
  if (missing.length === 0) return store
  throw new ConfigError('CONFIG_INVALID', `metadata.store is no MetadataStore: ${missing.join(', ')} missing.`)
}

function unknownStore(given: string): ConfigError {
  const selection = withoutCredentials(given)
  const guess = nearest(given, STORE_NAMES)
  const text = isUri(given)
    ? `"${selection}" is a connection string, where a store's name belongs. Set the store to "keyv", and put the string under stores.keyv.uri or into SESSIONKEEP_KEYV_URI.`
    : `There is no store named "${selection}".${guess ? ` Did you mean "${guess}"?` : ''}`
  return new ConfigError('CONFIG_UNKNOWN_STORE', `${text} ${known()}`, { context: { store: selection } })
}

function missingStore(selection: string, named: readonly string[], cause: unknown): ConfigError {
  const guess = nearest(
    selection,
    [...STORE_NAMES, ...named].filter((name) => name !== selection),
  )
  const text = `There is no store named "${selection}", and no package of that name is installed.`
  if (guess) {
    return new ConfigError('CONFIG_UNKNOWN_STORE', `${text} Did you mean "${guess}"? ${known()}`, {
      context: { store: selection },
    })
  }
  return new ConfigError(
    'CONFIG_MISSING_PACKAGE',
    `${text} If a package is meant: npm install ${packageOf(selection)}. ${known()}`,
    {
      cause,
      context: { store: selection, package: packageOf(selection) },
    },
  )
}

const known = (): string => `Known are: ${STORE_NAMES.join(', ')}.`

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

const nameFor = (selection: StoreChoice): string =>
  withoutCredentials(typeof selection === 'string' ? selection : selection.name)

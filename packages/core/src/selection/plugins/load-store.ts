import { withoutCredentials } from '../../base/redact.ts'
import { toldCause } from '../../base/redacted-cause.ts'
import { workingDirectory } from '../../base/working-directory.ts'
import type { Logger } from '../../contracts/logger.ts'
import type { MetadataStore } from '../../contracts/metadata-store.ts'
import type { StorePlugin } from '../../contracts/store-plugin.ts'
import { codeOf } from '../../errors/code-of.ts'
import { ConfigError, type ConfigErrorCode } from '../../errors/config-error.ts'
import { nameOfChoice, type StoreChoice } from '../selection.ts'
import { withCapabilities } from './check-capabilities.ts'
import { checkPluginOptions } from './check-plugin-options.ts'
import { notAStore } from './check-store.ts'
import { importPlugin } from './import-plugin.ts'
import { isPath, PACKAGES } from './names.ts'
import { BUILT_IN } from './store-names.ts'
import { missingStore, notAName, unknownStore } from './unknown-store.ts'

/** What an npm package may be called, with a path inside it. */
const PACKAGE_NAME = /^(?:@[a-z0-9~_-][a-z0-9._~-]*\/)?[a-z0-9~_-][a-z0-9._~-]*(?:\/[^\s=;]+)?$/

/** A store that can be made. */
export interface FoundStore {
  /** Where a plug-in makes it: that plug-in, and the options that it is given. */
  readonly plugin?: StorePlugin
  readonly options?: unknown
  make(): MetadataStore
}

/** The store of that name, made but not opened. Rejects with a `ConfigError` that says what to do. */
export async function loadStore(
  selection: StoreChoice,
  stores: Readonly<Record<string, unknown>>,
  logger: Logger,
  directory: string = workingDirectory(),
): Promise<MetadataStore> {
  const { make } = await findStore(selection, stores, logger, directory)
  try {
    return withCapabilities(
      checked(selection, make()),
      typeof selection === 'string' ? 'CONFIG_PLUGIN_INVALID' : 'CONFIG_INVALID',
    )
  } catch (cause) {
    if (codeOf(cause)?.startsWith('CONFIG_')) throw cause
    const { words, options } = toldCause(cause)
    throw refused('CONFIG_PLUGIN_INVALID', selection, `cannot be made: ${words}`, options)
  }
}

/** Everything short of making the store: that there is one of that name, and that its options are right. */
export async function findStore(
  selection: StoreChoice,
  stores: Readonly<Record<string, unknown>>,
  logger: Logger,
  directory: string,
): Promise<FoundStore> {
  if (typeof selection !== 'string') return { make: () => selection }
  const make = Object.hasOwn(BUILT_IN, selection) ? BUILT_IN[selection] : undefined
  if (make) return { make }
  const never = notAName(selection)
  if (never) throw never
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
  const { [selection]: given = {} } = Object.hasOwn(stores, selection) ? stores : {}
  if (!Object.hasOwn(stores, selection)) assertNotUnderItsOwnName(selection, plugin, stores)
  const options = checkPluginOptions(plugin, selection, given)
  return { plugin, options, make: () => plugin.create(options, { logger }) }
}

/** Else its defaults would be taken, and what is stored elsewhere would seem lost. */
function assertNotUnderItsOwnName(
  selection: string,
  { name }: StorePlugin,
  stores: Readonly<Record<string, unknown>>,
): void {
  if (typeof name !== 'string' || name === selection || !Object.hasOwn(stores, name)) return
  throw new ConfigError(
    'CONFIG_INVALID',
    `The store "${selection}" calls itself "${name}", and there are options under stores.${name}; it gets those under the name by which it is chosen. Put them under stores[${JSON.stringify(selection)}]; if they are another store's, give this one its own there, if only {}.`,
    { context: { store: selection } },
  )
}

/** What a plug-in made, or the program gave. A promise of a store is none, and what becomes of it is to hurt nobody. */
function checked(selection: StoreChoice, store: MetadataStore): MetadataStore {
  const promised = store as unknown as Promise<unknown> | undefined
  if (typeof promised?.then === 'function') {
    promised.then(undefined, () => undefined)
    throw refused(
      'CONFIG_PLUGIN_INVALID',
      selection,
      'cannot be made: its create() gives a promise. What takes time belongs into open().',
    )
  }
  const fault = notAStore(store)
  if (!fault) return store
  if (typeof selection !== 'string') {
    throw new ConfigError('CONFIG_INVALID', `What is given as a store is no MetadataStore: ${fault}.`)
  }
  throw refused('CONFIG_PLUGIN_INVALID', selection, `cannot be made: its create() gives no MetadataStore: ${fault}.`)
}

function refused(code: ConfigErrorCode, selection: StoreChoice, fault: string, options = {}): ConfigError {
  return new ConfigError(code, `Store "${withoutCredentials(nameOfChoice(selection))}" ${fault}`, options)
}

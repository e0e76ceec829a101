import {
  ConfigError,
  type ConfigErrorCode,
  codeOf,
  type Logger,
  type MetadataStore,
  messageOf,
  type SchemaResult,
  type StorePlugin,
} from '@sessionkeep/contracts'
import { faultsOf, holdsOptions, kindOf } from '@sessionkeep/contracts/internal'
import { importPlugin } from './import-plugin.ts'
import { BUILT_IN, invalidName, isPath, missingStore, PACKAGES, unknownStore } from './names.ts'
import { nameOfChoice, type StoreChoice } from './selection.ts'
import { optionsOf, type StoreSources } from './store-options.ts'
import { workingDirectory } from './working-directory.ts'

/** The valid names of npm packages, with an optional path inside the package. */
const PACKAGE_NAME = /^(?:@[a-z0-9~_-][a-z0-9._~-]*\/)?[a-z0-9~_-][a-z0-9._~-]*(?:\/[^\s=;]+)?$/
const METHODS = ['getMany', 'setMany', 'deleteMany', 'list'] as const
const DURABILITIES: readonly unknown[] = ['none', 'process', 'power']

/** A store that was found and can be created. */
export interface FoundStore {
  /** The plug-in that creates it; absent for a built-in store and a store object. */
  readonly plugin?: StorePlugin
  /** The checked options that the plug-in gets. */
  readonly options?: unknown
  make(): MetadataStore
}

/** Creates the selected store, without opening it. Rejects with a `ConfigError` that says what to do. */
export async function loadStore(choice: StoreChoice, sources: StoreSources, logger: Logger): Promise<MetadataStore> {
  const { make } = await findStore(choice, sources, logger)
  try {
    return checkedStore(choice, make())
  } catch (cause) {
    if (codeOf(cause)?.startsWith('CONFIG_')) throw cause
    throw refused('CONFIG_PLUGIN_INVALID', choice, `cannot be created: ${messageOf(cause)}`, cause)
  }
}

/** Finds the selected store and checks its options, without creating it. Rejects with a `ConfigError`. */
export async function findStore(choice: StoreChoice, sources: StoreSources, logger: Logger): Promise<FoundStore> {
  if (typeof choice !== 'string') return { make: () => choice }
  const make = Object.hasOwn(BUILT_IN, choice) ? BUILT_IN[choice] : undefined
  if (make) return { make }
  const never = invalidName(choice)
  if (never) throw never
  const { stores } = sources
  const plugin = sources.plugins.find(({ name }) => name === choice) ?? (await importChosen(choice, sources))
  assertOptionsUnderChosenName(choice, plugin, stores)
  const options = checkedOptions(plugin, choice, optionsOf(plugin, choice, sources))
  return { plugin, options, make: () => plugin.create(options, { logger }) }
}

/** Imports the plug-in of a package or a path. */
async function importChosen(choice: string, { stores, plugins, directory }: StoreSources): Promise<StorePlugin> {
  const own = Object.hasOwn(PACKAGES, choice) ? PACKAGES[choice] : undefined
  if (!own && !isPath(choice) && !PACKAGE_NAME.test(choice)) throw unknownStore(choice)
  return importPlugin(choice, own ?? choice, [directory, workingDirectory()]).catch((error: unknown) => {
    const isMissing = !own && codeOf(error) === 'CONFIG_MISSING_PACKAGE'
    const named = [...Object.keys(stores), ...plugins.map(({ name }) => name)]
    throw isMissing ? missingStore(choice, named, error) : error
  })
}

/**
 * Refuses options under the plug-in's own name when the store is selected by another one. The store would get its defaults, and
 * the records that are stored elsewhere would seem lost.
 */
function assertOptionsUnderChosenName(
  choice: string,
  { name }: StorePlugin,
  stores: Readonly<Record<string, unknown>>,
): void {
  const isElsewhere = typeof name === 'string' && name !== choice && Object.hasOwn(stores, name)
  if (!isElsewhere || Object.hasOwn(stores, choice)) return
  throw new ConfigError(
    'CONFIG_INVALID',
    `The plug-in of the store "${choice}" is named "${name}", and there are options under stores.${name}. A store gets the options under the name by which it is selected: move them to stores[${JSON.stringify(choice)}], or, if they belong to another store, add that key too, even as {}.`,
    { context: { store: choice } },
  )
}

/**
 * Checks options with the plug-in's schema, and returns them with defaults.
 *
 * @throws `CONFIG_INVALID` with every fault; `CONFIG_PLUGIN_INVALID` when the schema itself throws, returns a promise, or returns no
 * result.
 */
function checkedOptions<Options>(plugin: StorePlugin<Options>, name: string, given: unknown): Options {
  const wrong = (faults: string) =>
    new ConfigError('CONFIG_INVALID', `The options under stores.${name} are wrong: ${faults}`, {
      context: { store: name },
    })
  const unusable = (fault: string, cause?: unknown) =>
    new ConfigError('CONFIG_PLUGIN_INVALID', `The store "${name}" cannot check its options: ${fault}`, { cause })
  if (!holdsOptions(given)) throw wrong(`expected an object of options, and not ${kindOf(given)}`)
  let result: unknown
  try {
    result = plugin.options['~standard'].validate(given)
  } catch (thrown) {
    throw unusable(messageOf(thrown), thrown)
  }
  if (isPromise(result)) {
    throw unusable('its schema returns a promise; make it synchronous, and do slow checks in open().')
  }
  if (!isResult<Options>(result)) throw unusable('its schema returns neither { value } nor { issues: [...] }.')
  if (result.issues) throw wrong(faultsOf(result.issues))
  return result.value
}

function isResult<Options>(result: unknown): result is SchemaResult<Options> {
  if (typeof result !== 'object' || result === null) return false
  const { issues } = result as { issues?: unknown }
  if (issues === undefined) return 'value' in result
  return Array.isArray(issues) && issues.every((issue) => typeof issue === 'object' && issue !== null)
}

/** Returns `store` after checking that it has the methods and capabilities of a store. */
function checkedStore(choice: StoreChoice, store: MetadataStore): MetadataStore {
  const code = typeof choice === 'string' ? 'CONFIG_PLUGIN_INVALID' : 'CONFIG_INVALID'
  if (isPromise(store)) {
    throw refused(
      code,
      choice,
      'cannot be created: its create() returns a promise. Asynchronous work belongs in open().',
    )
  }
  const fault = notAStore(store)
  if (fault && code === 'CONFIG_INVALID') {
    throw new ConfigError(code, `The store object is no MetadataStore: ${fault}.`)
  }
  if (fault) throw refused(code, choice, `cannot be created: its create() returns no MetadataStore: ${fault}.`)
  const wrong = wrongCapabilities(store)
  if (wrong.length === 0) return store
  throw new ConfigError(code, `The capabilities of store "${store.name}" are wrong: ${wrong.join('; ')}.`, {
    context: { store: store.name },
  })
}

/** Says why a value is no store; undefined when it is one. Throws what its getters throw. */
function notAStore(value: unknown): string | undefined {
  const store = value as Partial<MetadataStore> | null | undefined
  if (typeof store !== 'object' || store === null) return `it is ${store === null ? 'null' : typeof store}`
  const missing: string[] = METHODS.filter((method) => typeof store[method] !== 'function')
  if (typeof store.name !== 'string') missing.push('name')
  if (!store.capabilities) missing.push('capabilities')
  return missing.length > 0 ? `${missing.join(', ')} missing` : undefined
}

function wrongCapabilities({ capabilities }: MetadataStore): string[] {
  const { durability, retains, shared, liveOnly } = capabilities
  const faults: string[] = []
  if (!DURABILITIES.includes(durability)) faults.push("durability must be 'none', 'process' or 'power'")
  if (typeof retains !== 'boolean') faults.push('retains must be true or false')
  if (typeof shared !== 'boolean') faults.push('shared must be true or false')
  if (liveOnly !== undefined && typeof liveOnly !== 'boolean') faults.push('liveOnly must be true or false')
  return faults
}

/** Whether a value is a promise. Its rejection is then ignored, because it must not become an unhandled rejection. */
function isPromise(value: unknown): boolean {
  const promised = value as Promise<unknown> | null | undefined
  if (typeof promised?.then !== 'function') return false
  promised.then(undefined, () => undefined)
  return true
}

function refused(code: ConfigErrorCode, choice: StoreChoice, fault: string, cause?: unknown): ConfigError {
  return new ConfigError(code, `Store "${nameOfChoice(choice)}" ${fault}`, { cause })
}

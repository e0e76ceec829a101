import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Logger } from '../contracts/logger.ts'
import type { MetadataStore } from '../contracts/metadata-store.ts'
import type { StorePlugin } from '../contracts/store-plugin.ts'
import { codeOf } from '../errors/code-of.ts'
import { ConfigError } from '../errors/config-error.ts'
import { memoryStore } from '../stores/memory-store.ts'
import { noneStore } from '../stores/none-store.ts'
import { checkPluginOptions } from './check-plugin-options.ts'
import { nearest } from './nearest.ts'
import { withoutCredentials } from './without-credentials.ts'

/** Names that stand for our own packages. */
const PACKAGES: Readonly<Record<string, string>> = {
  file: '@sessionkeep/store-file',
  lowdb: '@sessionkeep/store-lowdb',
  keyv: '@sessionkeep/store-keyv',
}
const BUILT_IN: Readonly<Record<string, () => MetadataStore>> = { memory: memoryStore, none: noneStore }
/** Every name that stands for a store of ours. */
export const STORE_NAMES: readonly string[] = [...Object.keys(PACKAGES), ...Object.keys(BUILT_IN)]

/** The store of that name, made but not opened. Rejects with a `ConfigError` that says what to do. */
export async function loadStore(
  selection: string | MetadataStore,
  stores: Readonly<Record<string, unknown>>,
  logger: Logger,
): Promise<MetadataStore> {
  if (typeof selection !== 'string') return checkStore(selection)
  const builtIn = Object.hasOwn(BUILT_IN, selection) ? BUILT_IN[selection] : undefined
  if (builtIn) return builtIn()
  const name = Object.hasOwn(PACKAGES, selection) ? PACKAGES[selection] : undefined
  if (!name) throw unknownStore(selection)
  const plugin = await importPlugin(selection, name)
  const options = await checkPluginOptions(plugin, selection, Object.hasOwn(stores, selection) ? stores[selection] : {})
  return plugin.create(options, { logger })
}

function checkStore(store: MetadataStore): MetadataStore {
  const methods = ['getMany', 'setMany', 'deleteMany', 'list'] as const
  const missing = methods.filter((method) => typeof store?.[method] !== 'function')
  if (missing.length === 0 && store.capabilities) return store
  throw new ConfigError(
    'CONFIG_INVALID',
    `metadata.store is no MetadataStore: ${missing.join(', ') || 'capabilities'} missing.`,
  )
}

function unknownStore(given: string): ConfigError {
  const selection = withoutCredentials(given)
  const guess = nearest(selection, STORE_NAMES)
  return new ConfigError(
    'CONFIG_UNKNOWN_STORE',
    `There is no store named "${selection}".${guess ? ` Did you mean "${guess}"?` : ''} Known are: ${STORE_NAMES.join(', ')}.`,
    { context: { store: selection } },
  )
}

async function importPlugin(selection: string, name: string): Promise<StorePlugin> {
  const module = (await importFrom(name).catch((cause: unknown) => {
    throw notImported(selection, name, cause)
  })) as { default?: unknown }
  // A CommonJS build seen through import() has its default export one level down.
  const exported = module.default as { default?: unknown } | undefined
  const plugin = (exported?.default ?? exported) as Partial<StorePlugin> | undefined
  if (typeof plugin?.create === 'function' && plugin.apiVersion === 1 && plugin.options) return plugin as StorePlugin
  const fault =
    typeof plugin?.create === 'function'
      ? `its apiVersion is ${String(plugin.apiVersion)}, this core takes 1`
      : 'it has no default export made by defineStore()'
  throw new ConfigError('CONFIG_PLUGIN_INVALID', `${name} cannot be used as a store: ${fault}.`, {
    context: { package: name },
  })
}

/** A package that is not there, told from one that is there and fails while it is loaded. */
function notImported(selection: string, name: string, cause: unknown): ConfigError {
  const options = { cause, context: { store: selection, package: name } }
  const message = cause instanceof Error ? cause.message : String(cause)
  const missing = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(codeOf(cause) ?? '') && message.includes(name)
  return missing
    ? new ConfigError(
        'CONFIG_MISSING_PACKAGE',
        `Store "${selection}" needs the package ${name}. Install it: npm install ${name}`,
        options,
      )
    : new ConfigError('CONFIG_PLUGIN_INVALID', `${name} cannot be loaded: ${message}`, options)
}

/** From where the core is installed, else from where the program runs: strict installers keep the two apart. */
async function importFrom(name: string): Promise<unknown> {
  try {
    return await import(name)
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error
    return import(pathToFileURL(createRequire(join(process.cwd(), 'package.json')).resolve(name)).href)
  }
}

import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { toldCause } from '../../base/redacted-cause.ts'
import type { StorePlugin } from '../../contracts/store-plugin.ts'
import { codeOf } from '../../errors/code-of.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { findModule } from './find-module.ts'
import { isPath } from './names.ts'

/** The plug-in that a package or a file exports. Rejects with `CONFIG_MISSING_PACKAGE` or `CONFIG_PLUGIN_INVALID`. */
export async function importPlugin(
  selection: string,
  specifier: string,
  directories: readonly string[],
): Promise<StorePlugin> {
  const module = (await importFrom(specifier, directories).catch((cause: unknown) => {
    throw notImported(selection, specifier, cause)
  })) as { default?: unknown }
  // A CommonJS build seen through import() has its default export one level down.
  const exported = module.default as { default?: unknown } | undefined
  const plugin = (exported?.default ?? exported) as Partial<StorePlugin> | undefined
  const fault = faultOf(plugin)
  if (!fault) return plugin as StorePlugin
  throw new ConfigError('CONFIG_PLUGIN_INVALID', `${specifier} cannot be used as a store: ${fault}.`, {
    context: { package: specifier },
  })
}

function faultOf(plugin: Partial<StorePlugin> | undefined): string | undefined {
  if (typeof plugin?.create !== 'function') return 'it has no default export made by defineStore()'
  if (plugin.apiVersion !== 1) return `its apiVersion is ${String(plugin.apiVersion)}, this core takes 1`
  if (typeof plugin.options?.['~standard']?.validate !== 'function') return 'its options are no Standard Schema'
  return undefined
}

/**
 * Our own packages from where the core is, whose release they are of; then from where the configuration or the program is,
 * since strict installers keep the two apart. Those of others the other way round.
 */
async function importFrom(specifier: string, directories: readonly string[]): Promise<unknown> {
  if (isPath(specifier)) {
    if (!existsSync(specifier)) throw new Error('there is no such file')
    return import(pathToFileURL(specifier).href)
  }
  const isOwn = specifier.startsWith('@sessionkeep/')
  const fromCore = () => import(specifier) as Promise<unknown>
  if (!isOwn) return importNear(specifier, directories, fromCore)
  try {
    return await fromCore()
  } catch (error) {
    if (!isMissing(specifier, error)) throw error
    return importNear(specifier, directories, () => Promise.reject(error))
  }
}

async function importNear(
  specifier: string,
  directories: readonly string[],
  otherwise: () => Promise<unknown>,
): Promise<unknown> {
  for (const directory of directories) {
    const file = findModule(specifier, directory)
    if (file !== undefined) return import(pathToFileURL(file).href)
  }
  return otherwise()
}

/** A package that is not there, told from one that is there and fails while it is loaded. */
function isMissing(specifier: string, error: unknown): boolean {
  const message = error instanceof Error ? error.message : String(error)
  const isNotFound = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(codeOf(error) ?? '')
  return isNotFound && message.includes(`'${specifier}'`)
}

function notImported(selection: string, specifier: string, cause: unknown): ConfigError {
  const { words, options: told } = toldCause(cause)
  const options = { ...told, context: { store: selection, package: specifier } }
  if (isMissing(specifier, cause)) {
    return new ConfigError(
      'CONFIG_MISSING_PACKAGE',
      `Store "${selection}" needs the package ${specifier}. Install it: npm install ${specifier}`,
      options,
    )
  }
  return new ConfigError('CONFIG_PLUGIN_INVALID', `${specifier} cannot be loaded: ${words}`, options)
}

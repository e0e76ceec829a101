import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { StorePlugin } from '../contracts/store-plugin.ts'
import { codeOf, messageOf } from '../errors/code-of.ts'
import { ConfigError } from '../errors/config-error.ts'
import { isPath } from './names.ts'

/** What Node's own `import` takes from the `exports` of a package. */
const CONDITIONS = new Set(['node', 'import', 'module-sync', 'node-addons'])

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
  const { env = {}, paths = [] } = plugin
  const isOption = (target: unknown) => typeof (typeof target === 'object' ? optionIn(target) : target) === 'string'
  if (typeof env !== 'object' || env === null || !Object.values(env).every(isOption)) {
    return 'its env is to have the name of an option for each variable'
  }
  return Array.isArray(paths) && paths.every(isOption) ? undefined : 'its paths are to be a list of names of options'
}

const optionIn = (target: object | null): unknown => (target as { option?: unknown } | null)?.option

/**
 * One of our packages is looked for where the core is, since its release is of the core's, and then where the configuration or
 * the program is, since strict installers keep the two apart. Another's package is looked for the other way round.
 */
async function importFrom(specifier: string, directories: readonly string[]): Promise<unknown> {
  if (isPath(specifier)) {
    if (!existsSync(specifier)) throw new Error('there is no such file')
    return import(pathToFileURL(specifier).href)
  }
  const fromCore = () => import(specifier) as Promise<unknown>
  const near = directories.map((directory) => () => importNear(specifier, directory))
  const attempts = specifier.startsWith('@sessionkeep/') ? [fromCore, ...near] : [...near, fromCore]
  let missing: unknown
  for (const attempt of attempts) {
    try {
      return await attempt()
    } catch (error) {
      if (!isMissing(specifier, error)) throw error
      missing ??= error
    }
  }
  throw missing
}

/** `import` as a module in that directory would do it. */
async function importNear(specifier: string, directory: string): Promise<unknown> {
  const { moduleResolve } = await import('import-meta-resolve')
  return import(moduleResolve(specifier, pathToFileURL(join(directory, 'any.js')), CONDITIONS).href)
}

/** Whether a package is not there; one that is there may fail while it is loaded, also because it lacks another package. */
function isMissing(specifier: string, error: unknown): boolean {
  const message = messageOf(error)
  const isNotFound = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(codeOf(error) ?? '')
  const [name] = /^(?:@[^/]*\/)?[^/]*/.exec(specifier) ?? [specifier]
  return isNotFound && [specifier, name].some((missing) => message.includes(`'${missing}'`))
}

function notImported(selection: string, specifier: string, cause: unknown): ConfigError {
  const options = { cause, context: { store: selection, package: specifier } }
  if (isMissing(specifier, cause)) {
    return new ConfigError(
      'CONFIG_MISSING_PACKAGE',
      `Store "${selection}" needs the package ${specifier}. Install it: npm install ${specifier}`,
      options,
    )
  }
  const words = messageOf(cause)
  return new ConfigError('CONFIG_PLUGIN_INVALID', `${specifier} cannot be loaded: ${words}`, options)
}

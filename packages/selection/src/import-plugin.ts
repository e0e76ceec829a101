import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ConfigError, codeOf, messageOf, type StorePlugin } from '@sessionkeep/contracts'
import { assertNoForeignOwner, assertTrustedCode } from './file/trusted-file.ts'
import { isPath } from './names.ts'
import { pluginFault } from './plugin-fault.ts'

/** The conditions that Node's own `import` matches in the `exports` of a package. */
const CONDITIONS = new Set(['node', 'import', 'module-sync', 'node-addons'])

/** Loads the plug-in that a package or a file exports. Rejects with `CONFIG_MISSING_PACKAGE`, `CONFIG_PLUGIN_INVALID` or `CONFIG_UNTRUSTED`. */
export async function importPlugin(
  selection: string,
  specifier: string,
  directories: readonly string[],
): Promise<StorePlugin> {
  const module = (await importFrom(specifier, directories).catch((cause: unknown) => {
    throw codeOf(cause) === 'CONFIG_UNTRUSTED' ? cause : notImported(selection, specifier, cause)
  })) as { default?: unknown }
  // The default export of a CommonJS build is one level deeper when it is loaded by import().
  const exported = module.default as { default?: unknown } | undefined
  const plugin = (exported?.default ?? exported) as Partial<StorePlugin> | undefined
  const isPlugin = typeof plugin?.create === 'function'
  const fault = isPlugin ? pluginFault(plugin) : 'it has no default export made by defineStore()'
  if (!fault) return plugin as StorePlugin
  throw new ConfigError('CONFIG_PLUGIN_INVALID', `${specifier} cannot be used as a store: ${fault}.`, {
    context: { package: specifier },
  })
}

/**
 * Imports a package or a file. A package of this project is looked for beside this one first, so that its version fits, and then
 * beside the configuration and the program, because strict package managers keep these apart. Any other package is looked for
 * in the opposite order.
 */
async function importFrom(specifier: string, directories: readonly string[]): Promise<unknown> {
  if (isPath(specifier)) {
    await assertTrustedCode(specifier)
    return import(pathToFileURL(specifier).href)
  }
  const fromHere = () => import(specifier) as Promise<unknown>
  const near = directories.map((directory) => () => importNear(specifier, directory))
  const attempts = specifier.startsWith('@sessionkeep/') ? [fromHere, ...near] : [...near, fromHere]
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

/** Imports a package as a module in that directory would. */
async function importNear(specifier: string, directory: string): Promise<unknown> {
  const { moduleResolve } = await import('import-meta-resolve')
  const { href, protocol } = moduleResolve(specifier, pathToFileURL(join(directory, 'any.js')), CONDITIONS)
  // The search for a package goes up to the root, so another user's node_modules may be the first that has it.
  if (protocol === 'file:') await assertNoForeignOwner(fileURLToPath(href))
  return import(href)
}

/** Whether the package itself is not installed. A package that is installed may fail because it lacks another one, which is a different error. */
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
      `Store "${selection}" needs the package ${specifier}. Install it: npm install ${specifier}. In a bundle, give its plug-in under metadata.plugins instead.`,
      options,
    )
  }
  const words = messageOf(cause)
  return new ConfigError('CONFIG_PLUGIN_INVALID', `${specifier} cannot be loaded: ${words}`, options)
}

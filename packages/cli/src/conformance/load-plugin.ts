import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { codeOf, messageOf, type StorePlugin } from '@sessionkeep/core/store'
import { CliError } from '../errors.ts'
import { isMissing } from '../stores/open.ts'

const OURS: Readonly<Record<string, string>> = {
  ...{ file: '@sessionkeep/store-file', lowdb: '@sessionkeep/store-lowdb' },
  ...{ keyv: '@sessionkeep/store-keyv', tmux: '@sessionkeep/tmux' },
}
const CONDITIONS = new Set(['node', 'import', 'module-sync', 'node-addons'])

/**
 * Loads the plug-in of a store as a module in `cwd` would. A package of sessionkeep may also be installed beside this
 * command.
 */
export async function loadPlugin(name: string, cwd: string): Promise<StorePlugin> {
  const specifier = OURS[name] ?? name
  const module = (await importFrom(specifier, cwd)) as { default?: unknown }
  // The default export of a CommonJS build is one level deeper when it is loaded by import().
  const exported = module.default as { default?: unknown } | undefined
  const plugin = (exported?.default ?? exported) as Partial<StorePlugin> | undefined
  if (typeof plugin?.create === 'function' && plugin.options) return plugin as StorePlugin
  throw new CliError('CLI_USAGE', `${specifier} is no store: it has no default export made by defineStore().`)
}

async function importFrom(specifier: string, cwd: string): Promise<unknown> {
  try {
    if (isPath(specifier)) return await import(pathToFileURL(resolve(cwd, specifier)).href)
    const { moduleResolve } = await import('import-meta-resolve')
    return await import(moduleResolve(specifier, pathToFileURL(join(cwd, 'any.js')), CONDITIONS).href)
  } catch (error) {
    if (isPath(specifier) && (await isMissing(resolve(cwd, specifier))))
      throw new CliError('CLI_NOT_FOUND', `There is no file ${resolve(cwd, specifier)}.`, { cause: error })
    if (!Object.values(OURS).includes(specifier)) throw notLoaded(specifier, error)
    return await import(specifier).catch((cause: unknown) => {
      throw notLoaded(specifier, cause)
    })
  }
}

const isPath = (specifier: string): boolean => /^\.{0,2}\//.test(specifier)

function notLoaded(specifier: string, cause: unknown): CliError {
  const isMissing = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(codeOf(cause) ?? '')
  // If the package or file exists, the missing one may be another one that it imports.
  const isItself = messageOf(cause).includes(`'${specifier}'`)
  const advice = isMissing && isItself ? ` Install it here first: npm install ${specifier}` : ''
  return new CliError('CLI_NOT_FOUND', `${specifier} cannot be loaded: ${messageOf(cause)}.${advice}`, { cause })
}

import type { StorePlugin } from '@sessionkeep/contracts'

/** Says why a value cannot be used as a plug-in; undefined when it can. */
export function pluginFault(value: unknown): string | undefined {
  const plugin = value as Partial<StorePlugin> | null | undefined
  if (typeof plugin?.create !== 'function') return 'it was not made by defineStore()'
  if (plugin.apiVersion !== 1) return `its apiVersion is ${String(plugin.apiVersion)}, this core takes 1`
  if (typeof plugin.options?.['~standard']?.validate !== 'function') return 'its options are no Standard Schema'
  const { env = {}, paths = [] } = plugin
  const isOption = (target: unknown) => typeof (typeof target === 'object' ? optionIn(target) : target) === 'string'
  if (typeof env !== 'object' || env === null || !Object.values(env).every(isOption)) {
    return 'its env must map each variable to the name of an option'
  }
  return Array.isArray(paths) && paths.every(isOption) ? undefined : 'its paths must be a list of names of options'
}

const optionIn = (target: object | null): unknown => (target as { option?: unknown } | null)?.option

import type { MetadataStore } from '../../contracts/metadata-store.ts'
import { ConfigError } from '../../errors/config-error.ts'

const DURABILITIES: readonly unknown[] = ['none', 'process', 'power']

/** The store, if it promises what a store can promise; `code` is what is thrown where it does not. */
export function withCapabilities(
  store: MetadataStore,
  code: 'CONFIG_INVALID' | 'CONFIG_PLUGIN_INVALID',
): MetadataStore {
  const { durability, retains, shared, liveOnly } = store.capabilities
  const faults: string[] = []
  if (!DURABILITIES.includes(durability)) faults.push("durability is to be 'none', 'process' or 'power'")
  if (typeof retains !== 'boolean') faults.push('retains is to be true or false')
  if (typeof shared !== 'boolean') faults.push('shared is to be true or false')
  if (liveOnly !== undefined && typeof liveOnly !== 'boolean') faults.push('liveOnly is to be true or false')
  if (faults.length === 0) return store
  throw new ConfigError(code, `The capabilities of store "${store.name}" are wrong: ${faults.join('; ')}.`, {
    context: { store: store.name },
  })
}

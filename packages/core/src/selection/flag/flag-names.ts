import { nearest } from '../../base/closest-match.ts'
import { withoutCredentials } from '../../base/redact.ts'
import { ConfigError } from '../../errors/config-error.ts'
import type { WatchedOptions } from '../config-layer.ts'
import { STORE_NAMES } from '../plugins/store-names.ts'
import { notAName } from '../plugins/unknown-store.ts'
import type { LayerValue, StoreChoice } from '../selection.ts'

/**
 * Refuses names that nobody but the flag has written down: whoever may turn a flag chooses among stores, and does not
 * decide which code a gateway loads. Known are ours, those chosen in environment, code and file, and those with options.
 */
export function checkFlagNames(
  { store, mirror = [] }: LayerValue,
  others: ReadonlyArray<LayerValue | WatchedOptions | undefined>,
  stores: Readonly<Record<string, unknown>>,
): void {
  const chosen = others.flatMap((other) => [other?.store, ...(other?.mirror ?? [])]).filter(isName)
  const known = [...new Set([...STORE_NAMES, ...Object.keys(stores), ...chosen])]
  for (const name of [store, ...mirror].filter(isName)) {
    if (known.includes(name)) continue
    const never = notAName(name)
    if (never) throw never
    const guess = nearest(name, known)
    throw new ConfigError(
      'CONFIG_UNKNOWN_STORE',
      `The flag names the store "${withoutCredentials(name)}", which nobody else knows.${guess ? ` Did you mean "${guess}"?` : ''} Give its options in the configuration, if only {}, and the flag may choose it.`,
      { context: { store: withoutCredentials(name) } },
    )
  }
}

function isName(choice: StoreChoice | undefined): choice is string {
  return typeof choice === 'string'
}

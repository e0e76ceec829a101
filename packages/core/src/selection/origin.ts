import type { EnvironmentLayer } from './environment.ts'
import type { FlagOptions } from './flag-client.ts'
import type { DesiredSelection, StoreChoice } from './selection.ts'
import { MIRROR_VARIABLE, STORE_VARIABLE } from './variables.ts'

/** Where a choice and its options were made, for whoever has to mend it; undefined where the program itself did. */
export function originOf(
  choice: StoreChoice,
  { store, layer, mirrorLayer }: DesiredSelection,
  environment: EnvironmentLayer,
  configOrigin: string | undefined,
  flag: FlagOptions | undefined,
): string | undefined {
  const isStore = choice === store
  const by = isStore ? layer : mirrorLayer
  const variable = isStore ? STORE_VARIABLE : MIRROR_VARIABLE
  const said = {
    runtime: undefined,
    flag: `from the flag "${flag?.key}"`,
    environment: `from the environment variable ${variable}`,
    config: configOrigin && `from ${configOrigin}`,
    default: undefined,
  }[by]
  const options = typeof choice === 'string' ? environment.variablesOf(choice) : []
  const set = options.length > 0 ? `with ${options.join(' and ')} in the environment` : undefined
  return [said, set].filter(Boolean).join(', ') || undefined
}

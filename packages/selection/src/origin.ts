import { ConfigError, type ConfigErrorCode, codeOf } from '@sessionkeep/contracts'
import { type Environment, MIRROR_VARIABLE, STORE_VARIABLE } from './environment.ts'
import type { DesiredSelection, Origins, SelectionLayer } from './selection.ts'

interface Sources {
  readonly environment: Environment
  /** The file of the configuration, and the options of stores in it. */
  readonly config: { readonly origin: string | undefined; readonly stores: Readonly<Record<string, unknown>> }
  readonly flagKey: string | undefined
}

/** Describes where a selection was written, so that error messages can say where to correct it. */
export function originsOf(
  { store, layer, mirrorLayer }: Pick<DesiredSelection, 'store' | 'layer' | 'mirrorLayer'>,
  { environment, config, flagKey }: Sources,
): Origins {
  const options = config.origin && `from ${config.origin}`
  const sourceOf = (by: SelectionLayer, variable: string): string | undefined =>
    ({
      runtime: undefined,
      flag: `from the flag "${flagKey}"`,
      environment: `from the environment variable ${variable}`,
      config: options,
      default: undefined,
    })[by]

  return {
    choice(choice) {
      const isStore = choice === store
      const by = isStore ? layer : mirrorLayer
      const source = sourceOf(by, isStore ? STORE_VARIABLE : MIRROR_VARIABLE)
      const isNamed = typeof choice === 'string'
      const hasOptions = isNamed && by !== 'config' && config.origin && Object.hasOwn(config.stores, choice)
      const variables = isNamed ? environment.variablesOf(choice) : []
      const set = [
        ...(hasOptions ? [`stores.${choice} ${options}`] : []),
        ...(variables.length > 0 ? [`${variables.join(' and ')} in the environment`] : []),
      ]
      return [source, set.length > 0 ? `with ${set.join(' and ')}` : undefined].filter(Boolean).join(', ') || undefined
    },
    mirrors: sourceOf(mirrorLayer, MIRROR_VARIABLE),
    options,
  }
}

/** Adds to a `ConfigError` where to correct it. Other errors are returned unchanged. */
export function withOrigin(error: unknown, origin: string | undefined): unknown {
  const code = codeOf(error)
  if (!origin || !code?.startsWith('CONFIG_')) return error
  const { message, context } = error as ConfigError
  return new ConfigError(code as ConfigErrorCode, `${message} (${origin})`, {
    cause: error,
    context: { ...context, origin },
  })
}

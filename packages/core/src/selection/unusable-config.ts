import { ConfigError } from '../errors/config-error.ts'
import { standsAlone } from './resolve-selection.ts'
import type { StoreSelection } from './selection.ts'

/** What is said of a configuration that cannot be used while a stronger layer has chosen what needs nothing of it. */
export function notInUse({ code, message, context }: ConfigError): ConfigError {
  return new ConfigError(code, `No option of the configuration is in use: ${message}`, { context })
}

/**
 * Refuses, while a configuration cannot be used, every store that would be made by its name: where it keeps its records
 * may stand there. `memory`, `none`, and a store that the program itself has made need nothing of it.
 */
export function assertNeedsNoConfig({ store, mirror }: StoreSelection, fault: ConfigError | undefined): void {
  const isNeeded = [store, ...mirror].some((choice) => typeof choice === 'string' && !standsAlone(choice))
  if (!fault || !isNeeded) return
  throw new ConfigError(
    fault.code,
    `Only "memory" and "none" can be chosen by name, since where another store keeps its records may stand in a configuration that cannot be used: ${fault.message}`,
    { cause: fault, context: fault.context },
  )
}

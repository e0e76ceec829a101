import { dirname } from 'node:path'
import type { ConfigSource } from '../contracts/config-source.ts'
import { codeOf } from '../errors/code-of.ts'
import { ConfigError } from '../errors/config-error.ts'
import { readEnvironment } from './environment.ts'
import { isModule, readConfig } from './file/read-config.ts'
import { type StoreSelection, standsAlone } from './selection.ts'

/**
 * The source of a configuration that cannot be used, where the environment has chosen a store that needs nothing of it;
 * otherwise throws the fault again. An emergency restart on `memory` must not wait for somebody who mends a file. Any other
 * store would be looked for in its default place, and what is stored elsewhere would seem lost.
 */
export function tolerate(fault: unknown, cwd: string): ConfigSource {
  const store = readEnvironment(process.env, cwd).value?.store
  if (!isFault(fault) || store === undefined || !standsAlone(store)) throw fault
  const { file, files } = fault.context as { readonly file?: string; readonly files?: readonly string[] }
  const at = file ?? files?.[0]
  const canBeRead = file !== undefined && !isModule(file)
  return {
    file: at,
    directory: at === undefined ? cwd : dirname(at),
    loaded: {},
    fingerprint: undefined,
    read: canBeRead ? () => readConfig(file) : undefined,
    fault,
  }
}

function isFault(error: unknown): error is ConfigError {
  return codeOf(error)?.startsWith('CONFIG_') === true
}

/** What is said of a configuration that cannot be used while a stronger layer has chosen what needs nothing of it. */
export function notInUse({ code, message, context }: ConfigError): ConfigError {
  return new ConfigError(code, `No option of the configuration is in use: ${message}`, { context })
}

/**
 * Refuses, while a configuration cannot be used, every store that would be made by its name, since the place of its records
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

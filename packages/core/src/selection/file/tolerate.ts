import { dirname } from 'node:path'
import type { ConfigSource } from '../../contracts/config-source.ts'
import { codeOf } from '../../errors/code-of.ts'
import type { ConfigError } from '../../errors/config-error.ts'
import { readEnvironment } from '../environment.ts'
import { standsAlone } from '../resolve-selection.ts'
import { isModule, readConfig } from './read-config.ts'

/**
 * The source of a configuration that cannot be used, where the environment has chosen a store that needs nothing of it; else
 * throws the fault again. An emergency restart on `memory` is not to wait for somebody who mends a file. Any other store
 * would be looked for in its default place, and what is stored elsewhere would seem lost.
 */
export function forgive(fault: unknown, cwd: string): ConfigSource {
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

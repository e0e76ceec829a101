import { dirname, resolve } from 'node:path'
import type { MetadataOptions } from '../context/options.ts'
import type { ConfigSource } from './config-source.ts'
import { findConfig } from './find-config.ts'
import { importConfig, isModule, readConfig } from './read-config.ts'

export interface LoadConfigOptions {
  /** Where the search begins; it goes upwards to the root, and ends at the first hit. Default: the working directory. */
  readonly cwd?: string | undefined
  /** This file, and no search. Relative to `cwd`. Its ending says what it is: `.js` and `.mjs` are run, all else is JSON. */
  readonly file?: string | undefined
}

/** The options of a configuration file, to be given to a pool as `metadata`, and where they are from. */
export interface LoadedConfig extends MetadataOptions {
  readonly source: ConfigSource
}

/**
 * Reads `sessionkeep.config.json`, `.js` or `.mjs`, or the key `sessionkeep` of package.json. Relative paths in it start at
 * its directory. Without such a file: no options, so that the defaults hold, and `source.file` is undefined.
 * Rejects with a `ConfigError`: `CONFIG_UNREADABLE` with file and line where it is no JSON, cannot be read, or is not there
 * though it was named; `CONFIG_INVALID` for what it says, and for two configurations in one directory.
 * The environment is not read here: the pool does that.
 */
export async function loadConfig({ cwd = process.cwd(), file }: LoadConfigOptions = {}): Promise<LoadedConfig> {
  const found = file === undefined ? await findConfig(cwd) : resolve(cwd, file)
  const from = (source: ConfigSource): LoadedConfig => ({ ...source.loaded, source })
  if (found === undefined) {
    const directory = resolve(cwd)
    return from({ file: undefined, directory, loaded: {}, fingerprint: undefined, read: undefined })
  }
  const directory = dirname(found)
  if (isModule(found)) {
    return from({
      file: found,
      directory,
      loaded: await importConfig(found),
      fingerprint: undefined,
      read: undefined,
    })
  }
  const read = () => readConfig(found)
  const { fingerprint, options } = await read()
  return from({ file: found, directory, loaded: options(), fingerprint, read })
}

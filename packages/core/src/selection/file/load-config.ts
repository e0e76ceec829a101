import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import * as z from 'zod'
import { checkOptions } from '../../base/check-options.ts'
import { workingDirectory } from '../../base/working-directory.ts'
import type { ConfigSource } from '../../contracts/config-source.ts'
import { ConfigError } from '../../errors/config-error.ts'
import type { MetadataOptions } from '../../pool/resolve-options.ts'
import { fromHome } from '../plugins/names.ts'
import { findConfig } from './find-config.ts'
import { importConfig, isModule, readConfig } from './read-config.ts'
import { forgive } from './tolerate.ts'

export interface LoadConfigOptions {
  /** Where the search begins; it goes upwards to the root, and ends at the first hit. A directory that is there. Default: the working directory. */
  readonly cwd?: string | undefined
  /** This file, and no search. Relative to `cwd`. Its ending says what it is: `.js` and `.mjs` are run, all else is JSON. */
  readonly file?: string | undefined
}

/** The options of a configuration file, to be given to a pool as `metadata`, and where they are from. */
export interface LoadedConfig extends MetadataOptions {
  readonly source: ConfigSource
}

const path = z.string('must be a path').min(1, 'must be a path')
const schema = z.strictObject({ cwd: path.optional(), file: path.optional() })

/**
 * Reads `sessionkeep.config.json`, `.js` or `.mjs`, or the key `sessionkeep` of package.json. Relative paths in it start at
 * its directory. Without such a file: no options, so that the defaults hold, and `source.file` is undefined.
 * Rejects with a `ConfigError`: `CONFIG_UNREADABLE` with file and line where it is no JSON, cannot be read, or is not there
 * though it was named; `CONFIG_INVALID` for what it says, for two configurations in one directory, and for options of
 * this call that cannot be meant.
 * The environment is not read here, the pool does that; but where `SESSIONKEEP_STORE` says `memory` or `none`, a
 * configuration that cannot be used is no reason not to start: then there are no options, and `source.fault` says why.
 */
export async function loadConfig(options: LoadConfigOptions = {}): Promise<LoadedConfig> {
  let searched = workingDirectory()
  try {
    const { cwd = searched, file } = checkOptions('loadConfig()', schema, options)
    searched = resolve(cwd)
    await assertDirectory('loadConfig()', cwd)
    const source = await load(searched, file)
    return { ...source.loaded, source }
  } catch (error) {
    return { source: forgive(error, searched) }
  }
}

/** A directory that is not there has no configuration, and its default would be taken for what was meant. */
export async function assertDirectory(verb: string, cwd: string): Promise<void> {
  const found = await stat(cwd).catch(() => undefined)
  if (found?.isDirectory()) return
  throw new ConfigError('CONFIG_INVALID', `${verb} cannot use these options: cwd: there is no directory ${cwd}`, {
    context: { cwd },
  })
}

async function load(cwd: string, file: string | undefined): Promise<ConfigSource> {
  const found = file === undefined ? await findConfig(cwd) : resolve(cwd, fromHome(file))
  if (found === undefined) {
    return { file: undefined, directory: cwd, loaded: {}, fingerprint: undefined, read: undefined }
  }
  const directory = dirname(found)
  if (isModule(found)) {
    return { file: found, directory, loaded: await importConfig(found), fingerprint: undefined, read: undefined }
  }
  const read = () => readConfig(found)
  const { fingerprint, options } = await read()
  return { file: found, directory, loaded: options(), fingerprint, read }
}

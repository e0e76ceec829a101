import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { absolutePath, ConfigError, checkOptions, strictOptions } from '@sessionkeep/contracts'
import { once } from '@sessionkeep/contracts/internal'
import * as z from 'zod'
import type { ConfigSource, MetadataOptions } from '../config-source.ts'
import { tolerate } from '../unusable-config.ts'
import { workingDirectory } from '../working-directory.ts'
import { findConfig } from './find-config.ts'
import { importConfig, isModule, readConfig } from './read-config.ts'

/** The options of {@link loadConfig}. */
export interface LoadConfigOptions {
  /** The directory in which the search begins. It continues upwards until a file is found, but not above the home directory, a mount point, or a directory that others may write. The directory must exist. @defaultValue the working directory */
  readonly cwd?: string | undefined
  /** The file to load instead of a search, relative to `cwd`. Files that end in `.js`, `.mjs` or `.cjs` are run; all others are JSON. @defaultValue none */
  readonly file?: string | undefined
}

/** The options of a configuration file, to pass to a pool as `metadata`, with their source. */
export interface LoadedConfig extends MetadataOptions {
  readonly source: ConfigSource
}

const path = () => z.string('must be a path').min(1, 'must be a path').optional()
const schema = once(() => strictOptions({ cwd: path(), file: path() }))

/**
 * Reads `sessionkeep.config.json`, `.js` or `.mjs`, or the key `sessionkeep` of package.json. When there is no such file, the
 * result has no options, so that the defaults apply. `source.overlooked` lists files whose names are nearly right, and
 * `source.unused` those that are not used, because others could change them or the search ended below them. Relative paths in the file start at its directory.
 *
 * A configuration may decide which code runs. So it must be a regular file of at most 1 MiB that, like its directory, belongs to
 * the user of this process, to root, or to the owner of the running program, and that nobody else may write. The search stops at
 * the first directory that others may write, and does not go above a mount point or the home directory.
 *
 * The environment is read by the pool, and not by this function, with one exception: when `SESSIONKEEP_STORE` is `memory` or
 * `none`, a configuration that cannot be used does not make this function reject. The result then has no options, and `source.fault`
 * says why.
 *
 * @throws A `ConfigError`: `CONFIG_UNREADABLE`, with file and line, when the file is not JSON, cannot be read, or does not exist
 * although it was named; `CONFIG_UNTRUSTED` when others could change it; `CONFIG_INVALID` when an option is wrong, here or in the file, or a directory has two configurations.
 *
 * @example
 * ```ts
 * const pool = createSessionPool({ host, metadata: await loadConfig() })
 * ```
 */
export async function loadConfig(options: LoadConfigOptions = {}): Promise<LoadedConfig> {
  let searched = workingDirectory()
  try {
    const { cwd = searched, file } = checkOptions('loadConfig()', schema(), options)
    searched = resolve(cwd)
    await assertDirectory('loadConfig()', cwd)
    const source = await load(searched, file)
    return { ...source.loaded, source }
  } catch (error) {
    return { source: tolerate(error, searched) }
  }
}

/** Refuses a directory that does not exist, because it would silently lead to the defaults. @throws `CONFIG_INVALID` */
export async function assertDirectory(verb: string, cwd: string): Promise<void> {
  const found = await stat(cwd).catch(() => undefined)
  if (found?.isDirectory()) return
  throw new ConfigError('CONFIG_INVALID', `${verb} cannot use these options: cwd: there is no directory ${cwd}`, {
    context: { cwd },
  })
}

async function load(cwd: string, named: string | undefined): Promise<ConfigSource> {
  const search = named === undefined ? await findConfig(cwd) : undefined
  const file = named === undefined ? search?.file : absolutePath(named, cwd)
  const notUsed = { overlooked: search?.overlooked, unused: search?.unused }
  if (file === undefined) {
    return { file, directory: cwd, loaded: {}, fingerprint: undefined, read: undefined, ...notUsed }
  }
  const directory = dirname(file)
  if (isModule(file)) {
    return { file, directory, loaded: await importConfig(file), fingerprint: undefined, read: undefined, ...notUsed }
  }
  const read = () => readConfig(file)
  const { fingerprint, options } = await read()
  return { file, directory, loaded: options(), fingerprint, read, ...notUsed }
}

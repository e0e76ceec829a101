import { lstat, readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { ConfigError, checkOptions, strictOptions } from '@sessionkeep/contracts'
import * as z from 'zod'
import type { ConfigSource, MetadataOptions } from '../config-source.ts'
import { absolutePath } from '../names.ts'
import { tolerate } from '../unusable-config.ts'
import { workingDirectory } from '../working-directory.ts'
import { parseJson } from './json.ts'
import { importConfig, isModule, PACKAGE_KEY, readConfig } from './read-config.ts'

/** The names of configuration files. A package.json with the key `sessionkeep` is found too. */
export const CONFIG_NAMES: readonly string[] = [
  'sessionkeep.config.json',
  'sessionkeep.config.js',
  'sessionkeep.config.mjs',
]
/** Names that look like a configuration file but are not read. */
const NEAR_MISS =
  /^(?:\.?sessionkeep(?:\.config)?\.(?:[cm]?[jt]sx?|jsonc?|json5|ya?ml|toml)|\.?sessionkeeprc(?:\.[a-z]+)?|\.sessionkeep)$/i

/** The options of {@link loadConfig}. */
export interface LoadConfigOptions {
  /** The directory in which the search begins. It continues upwards until a file is found. The directory must exist. @defaultValue the working directory */
  readonly cwd?: string | undefined
  /** The file to load instead of a search, relative to `cwd`. Files that end in `.js` or `.mjs` are run; all others are JSON. @defaultValue none */
  readonly file?: string | undefined
}

/** The options of a configuration file, to pass to a pool as `metadata`, with their source. */
export interface LoadedConfig extends MetadataOptions {
  readonly source: ConfigSource
}

const path = z.string('must be a path').min(1, 'must be a path')
const schema = strictOptions({ cwd: path.optional(), file: path.optional() })

/**
 * Reads `sessionkeep.config.json`, `.js` or `.mjs`, or the key `sessionkeep` of package.json. When there is no such file, the
 * result has no options, so that the defaults apply; `source.overlooked` then lists files whose names are nearly right.
 * Relative paths in the file start at its directory.
 *
 * The pool reads the environment, not this function. The only exception: when `SESSIONKEEP_STORE` is `memory` or `none`, a
 * configuration that cannot be used does not make this function reject. The result then has no options, and `source.fault`
 * says why.
 *
 * @throws A `ConfigError`: `CONFIG_UNREADABLE`, with file and line, when the file is not JSON, cannot be read, or does not exist
 * although it was named; `CONFIG_INVALID` when an option is wrong, here or in the file, or a directory has two configurations.
 *
 * @example
 * ```ts
 * const pool = createSessionPool({ host, metadata: await loadConfig() })
 * ```
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

async function load(cwd: string, file: string | undefined): Promise<ConfigSource> {
  const found = file === undefined ? await findConfig(cwd) : absolutePath(file, cwd)
  if (found === undefined) {
    const overlooked = await overlookedIn(cwd)
    return { file: undefined, directory: cwd, loaded: {}, fingerprint: undefined, read: undefined, overlooked }
  }
  const directory = dirname(found)
  if (isModule(found)) {
    return { file: found, directory, loaded: await importConfig(found), fingerprint: undefined, read: undefined }
  }
  const read = () => readConfig(found)
  const { fingerprint, options } = await read()
  return { file: found, directory, loaded: options(), fingerprint, read }
}

/** The directories in which a configuration is looked for, in this order. */
function upwards(cwd: string): string[] {
  const above = dirname(cwd)
  return above === cwd ? [cwd] : [cwd, ...upwards(above)]
}

/**
 * Finds the first configuration from `cwd` upwards: one of the three files, or a package.json with the key `sessionkeep`.
 *
 * @throws `CONFIG_INVALID` when a directory has two, because it is not clear which one applies.
 */
async function findConfig(cwd: string): Promise<string | undefined> {
  for (const directory of upwards(cwd)) {
    const files = CONFIG_NAMES.map((name) => join(directory, name))
    const present = await Promise.all(files.map(exists))
    const found = files.filter((_, at) => present[at])
    const manifest = join(directory, 'package.json')
    if (await hasKey(manifest)) found.push(manifest)
    if (found.length > 1) {
      throw new ConfigError(
        'CONFIG_INVALID',
        `There is more than one configuration in ${directory}; keep one of: ${found.map((file) => relative(directory, file)).join(', ')}.`,
        { context: { files: found } },
      )
    }
    if (found[0] !== undefined) return found[0]
  }
  return undefined
}

/** Finds files that look like a configuration and are not read. Directories that cannot be listed are skipped. */
async function overlookedIn(cwd: string): Promise<string[]> {
  const names = await Promise.all(
    upwards(cwd).map(async (directory) => {
      const entries = await readdir(directory).catch(() => [])
      return entries.filter((name) => NEAR_MISS.test(name)).map((name) => join(directory, name))
    }),
  )
  return names.flat()
}

/** Whether anything of that name exists. Whether it can be read is checked when it is read. */
async function exists(file: string): Promise<boolean> {
  try {
    await lstat(file)
    return true
  } catch {
    return false
  }
}

async function hasKey(manifest: string): Promise<boolean> {
  const text = await readFile(manifest, 'utf8').catch(() => '')
  // A broken package.json that does not mention our key is ignored.
  if (!text.includes(`"${PACKAGE_KEY}"`)) return false
  const value = parseJson(manifest, text)
  return typeof value === 'object' && value !== null && Object.hasOwn(value, PACKAGE_KEY)
}

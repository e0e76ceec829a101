import { lstat, readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import * as z from 'zod'
import { checkOptions, strictOptions } from '../../base/check-options.ts'
import { workingDirectory } from '../../base/working-directory.ts'
import type { ConfigSource, MetadataOptions } from '../../contracts/config-source.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { absolutePath } from '../names.ts'
import { tolerate } from '../unusable-config.ts'
import { parseJson } from './json.ts'
import { importConfig, isModule, PACKAGE_KEY, readConfig } from './read-config.ts'

/** The files that are looked for, besides package.json. */
export const CONFIG_NAMES: readonly string[] = [
  'sessionkeep.config.json',
  'sessionkeep.config.js',
  'sessionkeep.config.mjs',
]
/** Names that other tools read, and that are easily taken for ours. */
const NEAR_MISS =
  /^(?:\.?sessionkeep(?:\.config)?\.(?:[cm]?[jt]sx?|jsonc?|json5|ya?ml|toml)|\.?sessionkeeprc(?:\.[a-z]+)?|\.sessionkeep)$/i

/** The options of {@link loadConfig}. */
export interface LoadConfigOptions {
  /** Where the search begins; it goes upwards to the root, and ends at the first hit. The directory must exist. @defaultValue the working directory */
  readonly cwd?: string | undefined
  /** This file, and no search. Relative to `cwd`. Its ending says what it is: `.js` and `.mjs` are run, all else is JSON. */
  readonly file?: string | undefined
}

/** The options of a configuration file, to be given to a pool as `metadata`, and where they are from. */
export interface LoadedConfig extends MetadataOptions {
  readonly source: ConfigSource
}

const path = z.string('must be a path').min(1, 'must be a path')
const schema = strictOptions({ cwd: path.optional(), file: path.optional() })

/**
 * Reads `sessionkeep.config.json`, `.js` or `.mjs`, or the key `sessionkeep` of package.json. Without such a file there are no
 * options, so that the defaults hold; `source.file` is then undefined, and `source.overlooked` has the files whose names are
 * nearly right. Relative paths in the file start at its directory: names of stores are made absolute here, and options of a
 * store when the store is made, since its plug-in knows which of them are paths.
 *
 * The environment is not read here, the pool does that; but where `SESSIONKEEP_STORE` says `memory` or `none`, a
 * configuration that cannot be used is no reason not to start: then there are no options, and `source.fault` says why.
 *
 * @throws ConfigError `CONFIG_UNREADABLE` with file and line where the file is no JSON, cannot be read, or is not there though it
 * was named; `CONFIG_INVALID` for what it says, for two configurations in one directory, and for wrong options of this call.
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

/** A directory that does not exist has no configuration, and its default would be taken for what was meant. */
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

/** The directories in which a configuration is looked for, in their order. */
function upwards(cwd: string): string[] {
  const above = dirname(cwd)
  return above === cwd ? [cwd] : [cwd, ...upwards(above)]
}

/**
 * The first configuration from `cwd` upwards: one of the three files, or a package.json with the key `sessionkeep`.
 * Undefined where there is none. Two in one directory are a `CONFIG_INVALID`, since nobody could say which one counts.
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

/** Files that look like a configuration and are not read; in directories that cannot be listed there are none. */
async function overlookedIn(cwd: string): Promise<string[]> {
  const names = await Promise.all(
    upwards(cwd).map(async (directory) => {
      const entries = await readdir(directory).catch(() => [])
      return entries.filter((name) => NEAR_MISS.test(name)).map((name) => join(directory, name))
    }),
  )
  return names.flat()
}

/** Whether there is anything of that name. What it is, and whether it can be read, is found out by whoever reads it. */
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

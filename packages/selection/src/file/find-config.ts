import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { ConfigError } from '@sessionkeep/contracts'
import type { UnusedConfig } from '../config-source.ts'
import { parseJson } from './json.ts'
import { PACKAGE_KEY } from './read-config.ts'
import { distrustOf, readRegularFile, untrusted } from './trusted-file.ts'

/** The names of configuration files. A package.json with the key `sessionkeep` is found too. */
export const CONFIG_NAMES: readonly string[] = [
  'sessionkeep.config.json',
  'sessionkeep.config.js',
  'sessionkeep.config.mjs',
]
/** Names that look like a configuration file but are not read. */
const NEAR_MISS =
  /^(?:\.?sessionkeep(?:\.config)?\.(?:[cm]?[jt]sx?|jsonc?|json5|ya?ml|toml)|\.?sessionkeeprc(?:\.[a-z]+)?|\.sessionkeep)$/i

/** The result of a search. */
export interface FoundConfig {
  /** The configuration; undefined when there is none. */
  readonly file: string | undefined
  /** Files with nearly the name of a configuration, in directories that have none. */
  readonly overlooked: readonly string[]
  /** Configurations at or above the directory at which the search stopped. */
  readonly unused: readonly UnusedConfig[]
}

/**
 * Finds the first configuration from `cwd` upwards: one of the three files, or a package.json with the key `sessionkeep`. The
 * search stops at the first directory that others may write, and does not go above a mount point or the home directory.
 *
 * @throws `CONFIG_INVALID` when a directory has two, because it is not clear which one applies. `CONFIG_UNTRUSTED` for a file of
 * this user in a directory that others may write: it was meant to be used, and the defaults might be another store.
 */
export async function findConfig(cwd: string): Promise<FoundConfig> {
  const overlooked: string[] = []
  const unused: UnusedConfig[] = []
  let stopped: string | undefined
  for (const directory of upwards(cwd)) {
    const present = await configsIn(directory)
    const why: string | undefined = stopped ?? (await distrustOf(directory))
    if (why !== undefined) {
      const own = stopped === undefined ? await ownFile(present) : undefined
      if (own) throw untrusted(own, why)
      unused.push(...present.map((file) => ({ file, why })))
      stopped = why
      continue
    }
    const manifest = join(directory, 'package.json')
    if (await hasKey(manifest)) present.push(manifest)
    if (present.length > 1) {
      throw new ConfigError(
        'CONFIG_INVALID',
        `There is more than one configuration in ${directory}; keep one of: ${present.map((file) => relative(directory, file)).join(', ')}.`,
        { context: { files: present } },
      )
    }
    if (present[0] !== undefined) return { file: present[0], overlooked, unused }
    overlooked.push(...(await nearMissesIn(directory)))
    stopped = await boundaryAt(directory)
  }
  return { file: undefined, overlooked, unused }
}

/** The directories in which a configuration is looked for, in this order. */
function upwards(cwd: string): string[] {
  const above = dirname(cwd)
  return above === cwd ? [cwd] : [cwd, ...upwards(above)]
}

/** Says why the search does not go above this directory; undefined when it does. */
async function boundaryAt(directory: string): Promise<string | undefined> {
  const home = await realpath(homedir()).catch(() => undefined)
  if ((await realpath(directory)) === home) return `it is above the home directory ${directory}`
  const [here, above] = await Promise.all([stat(directory), stat(dirname(directory))])
  return here.dev === above.dev ? undefined : `it is above the mount point ${directory}`
}

async function configsIn(directory: string): Promise<string[]> {
  const files = CONFIG_NAMES.map((name) => join(directory, name))
  const present = await Promise.all(files.map(ownerOf))
  return files.filter((_, at) => present[at] !== undefined)
}

async function ownFile(files: readonly string[]): Promise<string | undefined> {
  const owners = await Promise.all(files.map(ownerOf))
  return files.find((_, at) => owners[at] !== undefined && owners[at] === process.geteuid?.())
}

/** The user to whom a file or link belongs; undefined when there is none. Whether it can be read is checked when it is read. */
async function ownerOf(file: string): Promise<number | undefined> {
  return lstat(file).then(
    ({ uid }) => uid,
    () => undefined,
  )
}

/** Finds files that look like a configuration and are not read. A directory that cannot be listed is skipped. */
async function nearMissesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory).catch(() => [])
  return entries
    .filter((name) => NEAR_MISS.test(name) && !CONFIG_NAMES.includes(name))
    .map((name) => join(directory, name))
}

async function hasKey(manifest: string): Promise<boolean> {
  const text = await readRegularFile(manifest).catch(() => '')
  // A broken package.json that does not mention our key is ignored.
  if (!text.includes(`"${PACKAGE_KEY}"`)) return false
  const value = parseJson(manifest, text)
  return typeof value === 'object' && value !== null && Object.hasOwn(value, PACKAGE_KEY)
}

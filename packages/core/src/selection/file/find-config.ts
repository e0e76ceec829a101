import { lstat, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { ConfigError } from '../../errors/config-error.ts'
import { parseJson } from './parse-json.ts'

/** The files that are looked for, besides package.json. */
export const CONFIG_NAMES: readonly string[] = [
  'sessionkeep.config.json',
  'sessionkeep.config.js',
  'sessionkeep.config.mjs',
]
/** The key of package.json under which the same options may stand. */
export const PACKAGE_KEY = 'sessionkeep'

/**
 * The first configuration from `cwd` upwards: one of the three files, or a package.json with the key `sessionkeep`.
 * Undefined where there is none. Two in one directory are a `CONFIG_INVALID`: nobody could say which one counts.
 */
export async function findConfig(cwd: string): Promise<string | undefined> {
  for (let directory = resolve(cwd); ; directory = dirname(directory)) {
    const files = CONFIG_NAMES.map((name) => join(directory, name))
    const present = await Promise.all(files.map(isThere))
    const found = files.filter((_, at) => present[at])
    const manifest = join(directory, 'package.json')
    if (await hasKey(manifest)) found.push(manifest)
    if (found.length > 1) {
      throw new ConfigError(
        'CONFIG_INVALID',
        `There is more than one configuration in ${directory}; keep one of: ${found.map((file) => file.slice(directory.length).replace(/^[\\/]/, '')).join(', ')}.`,
        { context: { files: found } },
      )
    }
    if (found[0] !== undefined) return found[0]
    if (dirname(directory) === directory) return undefined
  }
}

/** Whether there is anything of that name. What it is, and whether it can be read, is told by whoever reads it. */
async function isThere(file: string): Promise<boolean> {
  try {
    await lstat(file)
    return true
  } catch {
    return false
  }
}

async function hasKey(manifest: string): Promise<boolean> {
  if (!(await isThere(manifest))) return false
  const text = await readFile(manifest, 'utf8').catch(() => '')
  // Only where the key may stand is a broken package.json ours to speak of.
  if (!text.includes(`"${PACKAGE_KEY}"`)) return false
  const value = parseJson(manifest, text)
  return typeof value === 'object' && value !== null && Object.hasOwn(value, PACKAGE_KEY)
}

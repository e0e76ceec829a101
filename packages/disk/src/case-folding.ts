import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '@sessionkeep/contracts'

/**
 * Whether the directory treats `a` and `A` as the same name. It is found out by looking up an existing entry under a
 * spelling that the directory does not list. Inode numbers are not compared, because some file systems in user space
 * make up another one for each spelling.
 */
export async function foldsCase(directory: string): Promise<boolean> {
  const names = new Set(await readdir(directory))
  const other = [...names].filter((name) => /[a-z]/.test(name)).map((name) => name.toUpperCase())
  const unlisted = other.find((name) => !names.has(name))
  if (unlisted === undefined) return false
  try {
    await lstat(join(directory, unlisted))
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

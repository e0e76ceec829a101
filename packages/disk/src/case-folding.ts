import { lstat, opendir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '@sessionkeep/contracts'

/**
 * Whether the directory treats `a` and `A` as the same name. To find out, this function looks up an existing entry
 * under a spelling that the directory does not list. It does not compare inode numbers, because some file systems in
 * user space invent another number for each spelling.
 */
export async function foldsCase(directory: string): Promise<boolean> {
  const some = await firstSpelled(directory)
  // If one entry is not found in upper case, the directory does not fold case. So a large directory is seldom read
  // whole.
  if (some === undefined || !(await isFound(directory, some.toUpperCase()))) return false
  const names = new Set(await readdir(directory))
  const other = [...names].filter(hasSpellings).map((name) => name.toUpperCase())
  const unlisted = other.find((name) => !names.has(name))
  return unlisted !== undefined && (await isFound(directory, unlisted))
}

/** The first entry whose spelling changes with its case; undefined if there is none. */
async function firstSpelled(directory: string): Promise<string | undefined> {
  for await (const { name } of await opendir(directory)) if (hasSpellings(name)) return name
  return undefined
}

const hasSpellings = (name: string): boolean => /[a-z]/.test(name)

async function isFound(directory: string, name: string): Promise<boolean> {
  try {
    await lstat(join(directory, name))
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

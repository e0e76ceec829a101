import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '@sessionkeep/contracts'

/**
 * Whether the directory treats `a` and `A` as the same name. It is found out by looking up an existing entry in upper
 * case.
 */
export async function foldsCase(directory: string): Promise<boolean> {
  const entry = (await readdir(directory)).find((name) => /[a-z]/.test(name))
  if (entry === undefined) return false
  const there = await lstat(join(directory, entry))
  try {
    const other = await lstat(join(directory, entry.toUpperCase()))
    return other.ino === there.ino && other.dev === there.dev
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

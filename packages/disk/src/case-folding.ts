import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '@sessionkeep/core/store'

/** Whether the directory takes `a` and `A` for one name: asked by looking for an entry of it in the other case. */
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

import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { codeOf } from '@sessionkeep/contracts'

const UNSUPPORTED: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

/** Waits until the entries of the directory are on the disk. Returns false when the file system cannot do that. */
export async function syncDirectory(handle: FileHandle): Promise<boolean> {
  try {
    await handle.sync()
    return true
  } catch (error) {
    if (UNSUPPORTED.has(codeOf(error) ?? '')) return false
    throw error
  }
}

/**
 * Opens and syncs a directory. Returns false when the file system cannot do that.
 *
 * @example
 * await syncDirectoryAt(directory) // the file that was created in it survives a power cut
 */
export async function syncDirectoryAt(path: string): Promise<boolean> {
  const handle = await open(path, 'r')
  try {
    return await syncDirectory(handle)
  } finally {
    await handle.close()
  }
}

import { constants, type Stats } from 'node:fs'
import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import { codeOf } from '@sessionkeep/contracts'
import { throwIfAborted } from '@sessionkeep/store-kit'
import { whenDescriptorsFree } from './descriptors.ts'

const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL

/** The request for {@link replaceFile}. */
export interface SafeWrite {
  /** The path that is written first: on the same file system, in a directory that only this writer uses. */
  readonly temp: string
  readonly target: string
  readonly bytes: Buffer
  /** Whether to wait until the content is on the disk. */
  readonly sync: boolean
  readonly signal: AbortSignal
  /** Called right before the target is replaced. When it rejects, the target stays as it is. */
  readonly beforeRename?: (() => Promise<void>) | undefined
}

/**
 * Replaces the file at `target`, all or nothing, and returns the stat of the new file. A power cut may still undo the
 * replacement until the caller has synced the directory.
 */
export async function replaceFile(request: SafeWrite): Promise<Stats> {
  const { temp, target, bytes, sync, signal, beforeRename } = request
  const handle = await whenDescriptorsFree(signal, () => open(temp, FLAGS, 0o600))
  try {
    const stat = await writeAll(handle, bytes, sync)
    await beforeRename?.()
    // The rename publishes the file. A write that was given up must not be published.
    throwIfAborted(signal)
    await rename(temp, target)
    return stat
  } catch (error) {
    await remove(temp)
    throw error
  }
}

async function writeAll(handle: FileHandle, bytes: Buffer, sync: boolean): Promise<Stats> {
  try {
    await handle.writeFile(bytes)
    const stat = await handle.stat()
    if (stat.size !== bytes.length) throw new Error(`only ${stat.size} of ${bytes.length} bytes were written`)
    if ((stat.mode & 0o777) !== 0o600) await handle.chmod(0o600)
    // A failed fsync is not repeated: a second one may succeed although the disk still has the old content.
    if (sync) await handle.sync()
    return stat
  } finally {
    await handle.close()
  }
}

async function remove(temp: string): Promise<void> {
  try {
    await unlink(temp)
  } catch (error) {
    // If the file cannot be removed now, the next start removes it. Only the error of the write is reported.
    if (codeOf(error) === undefined) throw error
  }
}

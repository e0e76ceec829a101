import { constants, type Stats } from 'node:fs'
import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import { codeOf } from '@sessionkeep/core/store'
import { throwIfAborted } from '@sessionkeep/store-kit'
import { whenDescriptorsFree } from './descriptors.ts'

const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL

export interface SafeWrite {
  /** Where it is written first; on the same file system, in a directory of ours alone. */
  readonly temp: string
  readonly target: string
  readonly bytes: Buffer
  /** Whether to wait until the disk has it. */
  readonly sync: boolean
  readonly signal: AbortSignal
}

/**
 * Puts the bytes in place of what `target` was, all or nothing; what the system says of the new file. A power cut may still take the new name away: that is
 * for the caller's sync of the directory.
 */
export async function replaceFile({ temp, target, bytes, sync, signal }: SafeWrite): Promise<Stats> {
  const handle = await whenDescriptorsFree(signal, () => open(temp, FLAGS, 0o600))
  try {
    const stat = await fill(handle, bytes, sync)
    // Once renamed it is published; a write that nobody waits for any more must not be.
    throwIfAborted(signal)
    await rename(temp, target)
    return stat
  } catch (error) {
    await remove(temp)
    throw error
  }
}

async function fill(handle: FileHandle, bytes: Buffer, sync: boolean): Promise<Stats> {
  try {
    await handle.writeFile(bytes)
    const stat = await handle.stat()
    if (stat.size !== bytes.length) throw new Error(`only ${stat.size} of ${bytes.length} bytes were written`)
    if ((stat.mode & 0o777) !== 0o600) await handle.chmod(0o600)
    // Never tried twice: after an error a second fsync may succeed while the disk still has the old bytes.
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
    // What cannot be removed now is swept at the next start; the write's own error is the one to tell.
    if (codeOf(error) === undefined) throw error
  }
}

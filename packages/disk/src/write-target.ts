import type { Stats } from 'node:fs'
import { codeOf } from '@sessionkeep/contracts'
import { type Attachment, probe, type Writer } from './attachment.ts'
import { makeDirectory } from './directory.ts'
import { toStoreError } from './errors.ts'
import { replaceFile } from './replace-file.ts'
import { NEVER_ABORTED, withPermit } from './semaphore.ts'
import { syncDirectory } from './sync-directory.ts'

/** An attachment that may be written to, and whether writes are synced. */
export interface WriteTarget {
  readonly attachment: Attachment
  readonly writer: Writer
  readonly sync: boolean
}

/** A file of the directory and its new content. */
export interface NewContent {
  readonly path: string
  /** The beginning of the name of the unfinished file; it must be safe in a file name. */
  readonly label: string
  readonly bytes: Buffer
  /** Called right before the file is replaced, when the new content is on the disk. When it rejects, the file stays. */
  readonly beforeRename?: (() => Promise<void>) | undefined
}

/**
 * Replaces a file, all or nothing, and returns the stat of the new file. The caller must hold a permit. A power cut
 * may still undo the replacement until {@link makeDurable} has resolved. Rejects with the error of the system; then the
 * old content is still there.
 *
 * @example
 * await withPermit(signal, () => publish(target, { path, label, bytes }, signal))
 * await makeDurable(target)
 */
export async function publish(
  { writer, sync }: WriteTarget,
  { path, label, bytes, beforeRename }: NewContent,
  signal: AbortSignal,
): Promise<Stats> {
  const temp = writer.temp.next(label)
  const write = () => replaceFile({ temp, target: path, bytes, sync, signal, beforeRename })
  try {
    return await write()
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    // Clean-up programs remove empty directories, so this one is created again. If the directory of the records is gone
    // too, that fails.
    await makeDirectory(writer.temp.path)
    return await write()
  }
}

/**
 * Waits until the renames and removals in the directory are on the disk. Does nothing if writes are not synced, or if
 * the directory cannot be synced.
 *
 * @throws `STORE_UNAVAILABLE` or `STORE_FULL` when the sync fails
 */
export async function makeDurable({ attachment, writer, sync }: WriteTarget): Promise<void> {
  if (!sync || !attachment.syncs) return
  try {
    // A finished rename is synced even if the caller has given up.
    await withPermit(NEVER_ABORTED, async () => {
      // After a failed fsync, the next one may succeed without writing what the first one did not write. A new entry
      // forces it to write.
      if (writer.isUnconfirmed) await probe(writer, NEVER_ABORTED)
      writer.isUnconfirmed = true
      await syncDirectory(attachment.held.handle)
      writer.isUnconfirmed = false
    })
  } catch (error) {
    throw toStoreError(error, { action: `sync the directory ${attachment.held.path}` })
  }
}

import type { Stats } from 'node:fs'
import { codeOf } from '@sessionkeep/core/store'
import { type Attachment, probe, type Writer } from './attachment.ts'
import { makeDirectory } from './directory.ts'
import { toStoreError } from './errors.ts'
import { replaceFile } from './replace-file.ts'
import { NEVER_ABORTED, withPermit } from './semaphore.ts'
import { syncDirectory } from './sync-directory.ts'

/** An attachment that may be written to, and how safe a write is to be. */
export interface WriteTarget {
  readonly attachment: Attachment
  readonly writer: Writer
  readonly sync: boolean
}

/** A file of the directory, and what is to stand in it. */
export interface NewContent {
  readonly path: string
  /** What the unfinished file's name begins with; safe for a file name. */
  readonly label: string
  readonly bytes: Buffer
}

/**
 * Puts the bytes in place of what the file was, all or nothing; to be called in a slot. A power cut may still take the
 * new content away until {@link makeDurable}. Answers what the system says of the new file. Rejects with the system's error; then the old content is there.
 */
export async function publish(
  { writer, sync }: WriteTarget,
  { path, label, bytes }: NewContent,
  signal: AbortSignal,
): Promise<Stats> {
  const temp = writer.temp.next(label)
  const write = () => replaceFile({ temp, target: path, bytes, sync, signal })
  try {
    return await write()
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    // Cleaners take away empty directories. The files' own is not made anew: this fails where that is gone.
    await makeDirectory(writer.temp.path)
    return await write()
  }
}

/** Waits until the disk has what was renamed and removed in the directory, if syncing is wanted and can be had. */
export async function makeDurable({ attachment, writer, sync }: WriteTarget): Promise<void> {
  if (!sync || !attachment.syncs) return
  try {
    // What has been renamed is worth its sync also when the call was given up.
    await withPermit(NEVER_ABORTED, async () => {
      // A second fsync with nothing new to save may succeed without saving what the first did not.
      if (writer.isUnconfirmed) await probe(writer, NEVER_ABORTED)
      writer.isUnconfirmed = true
      await syncDirectory(attachment.held.handle)
      writer.isUnconfirmed = false
    })
  } catch (error) {
    throw toStoreError(error, { action: `sync the directory ${attachment.held.path}` })
  }
}

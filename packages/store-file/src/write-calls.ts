import type { Stats } from 'node:fs'
import { rename, unlink } from 'node:fs/promises'
import { StoreBatchError } from '@sessionkeep/contracts'
import {
  type Attachment,
  asidePath,
  assertStillThere,
  makeDurable,
  NEVER_ABORTED,
  publish,
  type WriteTarget,
  withPermit,
} from '@sessionkeep/disk'
import { rejectFailed } from '@sessionkeep/store-kit'
import { eachWithPermit } from './each-with-permit.ts'
import type { Change, Failures } from './journal/types.ts'
import { directoryInPlace, fileOf, type NamedFile } from './record-file.ts'
import { recordBytes } from './record-text.ts'
import { unlessAbsent } from './unless-absent.ts'

/** Writes the records; see `setMany` of the contract. */
export async function writeMany(
  target: WriteTarget,
  records: ReadonlyMap<string, unknown>,
  signal: AbortSignal,
): Promise<void> {
  await eachFile(target, [...records.keys()], signal, 'write', async (file) => {
    await publishRecord(target, file, recordBytes(file.name, records.get(file.name), file.hashed), signal)
  })
}

/** Removes the records; see `deleteMany` of the contract. */
export async function removeMany(target: WriteTarget, names: readonly string[], signal: AbortSignal): Promise<void> {
  await eachFile(target, names, signal, 'delete', (file) => unlessAbsent(unlink(file.path)))
}

/** Moves the records aside; see `setAside` of the contract. */
export async function renameAside(target: WriteTarget, names: readonly string[], signal: AbortSignal): Promise<void> {
  await eachFile(target, names, signal, 'set aside', ({ path }) => unlessAbsent(rename(path, asidePath(path))))
}

/**
 * Writes and removes the files of records that are given as text. Returns the errors of single names.
 *
 * @param onChanged - called with a permit right after each change, with the stat of the new file if there is one
 */
export async function writeFiles(
  target: WriteTarget,
  changes: readonly Change[],
  onChanged: (name: string, put: Stats | undefined) => Promise<void>,
): Promise<Failures> {
  const texts = new Map(changes.map(({ name, text }) => [name, text]))
  try {
    await eachFile(target, [...texts.keys()], NEVER_ABORTED, 'write', async (file) => {
      const text = texts.get(file.name) ?? null
      const bytes = text === null ? undefined : bytesOfText(target.attachment, file.name, text)
      if (!bytes) await unlessAbsent(unlink(file.path))
      const put = bytes ? await publishRecord(target, file, bytes, NEVER_ABORTED) : undefined
      await onChanged(file.name, put)
    })
    return new Map()
  } catch (error) {
    if (error instanceof StoreBatchError) return error.failed
    throw error
  }
}

/** Returns the content of the file that would hold this record. */
export function bytesOfText(attachment: Attachment, name: string, text: string): Buffer {
  return recordBytes(name, JSON.parse(text) as unknown, fileOf(attachment, name).hashed)
}

async function publishRecord(target: WriteTarget, file: NamedFile, bytes: Buffer, signal: AbortSignal): Promise<Stats> {
  return await publish(target, { path: file.path, label: file.encoded, bytes }, signal)
}

/** Changes the file of each name, then syncs the directory once for all of them. */
async function eachFile(
  target: WriteTarget,
  names: readonly string[],
  signal: AbortSignal,
  action: string,
  task: (file: NamedFile) => Promise<void>,
): Promise<void> {
  const { attachment } = target
  const { done, failed } = await eachWithPermit(names, signal, action, async (name) => {
    const file = fileOf(attachment, name)
    try {
      await task(file)
    } catch (error) {
      throw directoryInPlace(error, name, file.path) ?? error
    }
  })
  if (failed.size > 0) await withPermit(signal, () => assertStillThere(attachment))
  // The sync also runs when nothing changed: an earlier call may have removed the file, and have been given up before
  // its sync.
  if (done.size > 0) await makeDurable(target)
  rejectFailed(failed)
}

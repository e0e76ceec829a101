import { rename, unlink } from 'node:fs/promises'
import { codeOf, type StoreError } from '@sessionkeep/contracts'
import { asidePath, assertStillThere, makeDurable, publish, type WriteTarget, withPermit } from '@sessionkeep/disk'
import { rejectFailed, unreadableRecord } from '@sessionkeep/store-kit'
import { eachWithPermit } from './each-with-permit.ts'
import { fileOf, type NamedFile } from './record-file.ts'
import { recordBytes } from './record-text.ts'

/** Writes the records; see `setMany` of the contract. */
export async function writeMany(
  target: WriteTarget,
  records: ReadonlyMap<string, unknown>,
  signal: AbortSignal,
): Promise<void> {
  await eachFile(target, [...records.keys()], signal, 'write', async ({ name, path, encoded, hashed }) => {
    const bytes = recordBytes(name, records.get(name), hashed)
    await publish(target, { path, label: encoded, bytes }, signal)
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
      throw directoryInPlace(error, file) ?? error
    }
  })
  if (failed.size > 0) await withPermit(signal, () => assertStillThere(attachment))
  // The sync also runs when nothing changed: an earlier call may have removed the file and been given up before its
  // sync.
  if (done.size > 0) await makeDurable(target)
  rejectFailed(failed)
}

async function unlessAbsent(change: Promise<void>): Promise<void> {
  try {
    await change
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

function directoryInPlace(error: unknown, { name, path }: NamedFile): StoreError | undefined {
  return codeOf(error) === 'EISDIR'
    ? unreadableRecord(name, 'it is a directory; set it aside first', error, { path })
    : undefined
}

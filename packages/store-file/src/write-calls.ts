import { rename, unlink } from 'node:fs/promises'
import { codeOf, type StoreError } from '@sessionkeep/core/store'
import { asidePath, assertStillThere, inSlot, makeDurable, publish, type WriteGround } from '@sessionkeep/disk'
import { rejectFailed, unreadableRecord } from '@sessionkeep/store-kit'
import { eachInSlot } from './each-in-slot.ts'
import { fileOf, type NamedFile } from './record-file.ts'
import { recordBytes } from './record-text.ts'

export async function writeMany(
  ground: WriteGround,
  records: ReadonlyMap<string, unknown>,
  signal: AbortSignal,
): Promise<void> {
  await eachFile(ground, [...records.keys()], signal, 'write', async ({ name, path, encoded, hashed }) => {
    const bytes = recordBytes(name, records.get(name), hashed)
    await publish(ground, { path, label: encoded, bytes }, signal)
  })
}

export async function removeMany(ground: WriteGround, names: readonly string[], signal: AbortSignal): Promise<void> {
  await eachFile(ground, names, signal, 'delete', (file) => unlessAbsent(unlink(file.path)))
}

export async function renameAside(ground: WriteGround, names: readonly string[], signal: AbortSignal): Promise<void> {
  await eachFile(ground, names, signal, 'set aside', ({ path }) => unlessAbsent(rename(path, asidePath(path))))
}

/** Changes each name's file, then syncs the directory once for all. */
async function eachFile(
  ground: WriteGround,
  names: readonly string[],
  signal: AbortSignal,
  doing: string,
  task: (file: NamedFile) => Promise<void>,
): Promise<void> {
  const { attachment } = ground
  const { done, failed } = await eachInSlot(names, signal, doing, async (name) => {
    const file = fileOf(attachment, name)
    try {
      await task(file)
    } catch (error) {
      throw inTheWay(error, file) ?? error
    }
  })
  if (failed.size > 0) await inSlot(signal, () => assertStillThere(attachment))
  // Syncs also when nothing changed: an earlier call may have removed the name and been given up before its sync.
  if (done.size > 0) await makeDurable(ground)
  rejectFailed(failed)
}

async function unlessAbsent(change: Promise<void>): Promise<void> {
  try {
    await change
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

function inTheWay(error: unknown, { name, path }: NamedFile): StoreError | undefined {
  return codeOf(error) === 'EISDIR'
    ? unreadableRecord(name, 'it is a directory; set it aside first', error, { path })
    : undefined
}

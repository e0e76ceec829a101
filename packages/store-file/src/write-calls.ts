import { randomBytes } from 'node:crypto'
import { rename, unlink } from 'node:fs/promises'
import type { StoreError } from '@sessionkeep/core'
import { type Attachment, assertStillThere, probe, type Writer } from './attachment.ts'
import { forEachName, rejectFailed } from './batch.ts'
import { makeDirectory } from './directory.ts'
import { callError, errnoOf, unreadable } from './errors.ts'
import { fileOf, type NamedFile } from './record-file.ts'
import { recordBytes } from './record-text.ts'
import { inSlot, UNLIMITED } from './slots.ts'
import { syncDirectory } from './sync-directory.ts'
import { writeRecord } from './write-record.ts'

/** An attachment that may be written to, and how safe a write is to be. */
export interface WriteGround {
  readonly attachment: Attachment
  readonly writer: Writer
  readonly sync: boolean
}

export async function writeMany(
  ground: WriteGround,
  records: ReadonlyMap<string, unknown>,
  signal: AbortSignal,
): Promise<void> {
  const { writer, sync } = ground
  await eachFile(ground, [...records.keys()], signal, 'write', async (file) => {
    const bytes = recordBytes(file.name, records.get(file.name), file.hashed)
    const temp = writer.temp.next(file.encoded)
    const write = () => writeRecord({ temp, target: file.path, bytes, sync, signal })
    try {
      await write()
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error
      // Cleaners take away empty directories. The records' own is not made anew: this fails where that is gone.
      await makeDirectory(writer.temp.path)
      await write()
    }
  })
}

export async function removeMany(ground: WriteGround, names: readonly string[], signal: AbortSignal): Promise<void> {
  await eachFile(ground, names, signal, 'delete', (file) => unlessAbsent(unlink(file.path)))
}

export async function renameAside(ground: WriteGround, names: readonly string[], signal: AbortSignal): Promise<void> {
  const time = new Date().toISOString().replaceAll(':', '')
  await eachFile(ground, names, signal, 'set aside', (file) =>
    unlessAbsent(rename(file.path, `${file.path}.corrupt-${time}-${randomBytes(4).toString('hex')}`)),
  )
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
  const { done, failed } = await forEachName(names, signal, doing, async (name) => {
    const file = fileOf(attachment, name)
    try {
      await task(file)
    } catch (error) {
      throw inTheWay(error, file) ?? error
    }
  })
  if (failed.size > 0) await inSlot(signal, () => assertStillThere(attachment))
  if (done.size > 0) await makeDurable(ground)
  rejectFailed(failed)
}

// Also when nothing changed: a name may be absent by an earlier call that was given up before its sync.
async function makeDurable({ attachment, writer, sync }: WriteGround): Promise<void> {
  if (!sync || !attachment.syncs) return
  try {
    // What has been renamed is worth its sync also when the call was given up.
    await inSlot(UNLIMITED, async () => {
      // A second fsync with nothing new to save may succeed without saving what the first did not.
      if (writer.inDoubt) await probe(writer, UNLIMITED)
      writer.inDoubt = true
      await syncDirectory(attachment.held.handle)
      writer.inDoubt = false
    })
  } catch (error) {
    throw callError(error, { doing: `sync the directory ${attachment.held.path}` })
  }
}

async function unlessAbsent(change: Promise<void>): Promise<void> {
  try {
    await change
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}

function inTheWay(error: unknown, { name, path }: NamedFile): StoreError | undefined {
  return errnoOf(error) === 'EISDIR'
    ? unreadable(name, path, 'it is a directory; set it aside first', error)
    : undefined
}

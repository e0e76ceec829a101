import { constants, copyFile, unlink } from 'node:fs/promises'
import { codeOf, type Logger } from '@sessionkeep/contracts'
import { asidePath, NEVER_ABORTED, publish, type WriteTarget, withPermit } from '@sessionkeep/disk'
import { fileOf, readFileOf } from '../record-file.ts'
import { type KnownFiles, tellChange } from './known-files.ts'
import { ABSENT, type Mark, markOf, NO_FILE, UNKNOWN } from './line.ts'
import { type BytesOf, type Hot, supersedes } from './overlay.ts'
import { syncFile } from './sync-file.ts'

/** What {@link bringToFile} works with. */
export interface Files {
  readonly target: WriteTarget
  readonly known: KnownFiles
  readonly bytesOf: BytesOf
  readonly logger: Logger
}

/** The content that the file of a hot record is to get, and its mark. The content is undefined when the file is to be removed. */
export function contentOf(
  { name, text }: Pick<Hot, 'name' | 'text'>,
  bytesOf: BytesOf,
): { bytes: Buffer | undefined; mark: Mark } {
  const bytes = text === null ? undefined : bytesOf(name, text)
  return { bytes, mark: bytes ? markOf(bytes) : ABSENT }
}

/**
 * Brings a hot record to its file. If somebody else has changed the file since, the file stays and counts. A power cut may
 * undo the change until the directory is synced. Returns the mark of what is at the path afterwards.
 */
export async function bringToFile(files: Files, hot: Hot): Promise<Mark> {
  const { target, known, bytesOf, logger } = files
  const { name } = hot
  const { path, encoded } = fileOf(target.attachment, name)
  return await withPermit(NEVER_ABORTED, async () => {
    const { stand } = await readFileOf(fileOf(target.attachment, name), NEVER_ABORTED)
    if (!supersedes(hot, stand, bytesOf)) {
      await yieldTo(files, hot, path, stand.mark)
      return stand.mark
    }
    const { bytes, mark } = contentOf(hot, bytesOf)
    // A large batch looks up no path, so that a change by hand is noticed only now.
    const isKnown = [...hot.was, mark].some((one) => one === stand.mark || one === UNKNOWN)
    if (!hot.isReplayed && !isKnown) tellChange(logger, name, stand.mark)
    const isDamaged = hot.isReplayed && stand.mark !== ABSENT && !stand.isRecord()
    const kept = isDamaged ? await copyAside(path) : undefined
    known.expect(name, mark, stand.mark)
    try {
      if (bytes) await publish(target, { path, label: encoded, bytes }, NEVER_ABORTED)
      else await unlessAbsent(unlink(path))
    } catch (error) {
      // Otherwise each further attempt would leave a copy.
      if (kept !== undefined) await unlink(kept).catch(() => undefined)
      throw error
    }
    if (kept !== undefined)
      logger.warn({ name, kept }, 'The file of a record was damaged, and the journal had the record')
    await known.note(name, mark)
    return mark
  })
}

/**
 * Keeps a copy of a file that is not a record, since a person may have written it. The file itself stays in place: if the
 * process died between moving the file and writing the record, the record would count as removed by hand.
 */
async function copyAside(path: string): Promise<string> {
  const kept = asidePath(path)
  await copyFile(path, kept, constants.COPYFILE_EXCL)
  return kept
}

/**
 * Lets a changed file count. If it is not certain that the file was changed after the record was written, the record is kept
 * beside the file.
 */
async function yieldTo({ target, bytesOf, logger, known }: Files, hot: Hot, path: string, mark: Mark): Promise<void> {
  const isCertain = !hot.isReplayed && hot.at === undefined
  const { bytes } = contentOf(hot, bytesOf)
  const kept = isCertain || !bytes ? undefined : asidePath(path, 'superseded')
  if (kept !== undefined && bytes) await publish(target, { path: kept, label: 'superseded', bytes }, NEVER_ABORTED)
  // The journal is about to forget the record, so what replaces it has to be as durable.
  if (mark !== ABSENT && mark !== NO_FILE && target.sync) await syncFile(path)
  known.forget(hot.name)
  logger.warn(
    { name: hot.name, kept },
    'The file of a record was changed by hand after the record was written; the file counts',
  )
}

/** Waits for a change of a file. A file that is absent is not an error. */
export async function unlessAbsent(change: Promise<void>): Promise<void> {
  try {
    await change
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

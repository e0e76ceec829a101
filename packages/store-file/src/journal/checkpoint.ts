import type { Stats } from 'node:fs'
import { constants, copyFile, unlink } from 'node:fs/promises'
import type { Logger } from '@sessionkeep/contracts'
import { asidePath, NEVER_ABORTED, publish, type WriteTarget, withPermit } from '@sessionkeep/disk'
import { fileOf, type NamedFile, readFileOf, signatureAt } from '../record-file.ts'
import { unlessAbsent } from '../unless-absent.ts'
import { type KnownFiles, tellChange } from './known-files.ts'
import { ABSENT, type Mark, markOf, NO_FILE, UNKNOWN } from './line.ts'
import { type BytesOf, type Hot, supersedes } from './overlay.ts'
import { syncFile } from './sync-file.ts'

// How often a file is tried that changes each time while it is being replaced.
const TRIES = 3

/** Something has changed a file since the store read it. */
class FileChanged extends Error {}

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
  return await withPermit(NEVER_ABORTED, async () => {
    for (let left = TRIES; ; left -= 1) {
      try {
        return await tryToBring(files, hot)
      } catch (error) {
        if (!(error instanceof FileChanged) || left === 1) throw error
      }
    }
  })
}

async function tryToBring(files: Files, hot: Hot): Promise<Mark> {
  const { target, known, bytesOf, logger } = files
  const { name } = hot
  const file = fileOf(target.attachment, name)
  const { path } = file
  const before = await signatureAt(path)
  const { stand } = await readFileOf(file, NEVER_ABORTED)
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
  const put = await replaceUnlessChanged(target, file, bytes, before).catch(async (error: unknown) => {
    // Otherwise each further attempt would leave a copy.
    if (kept !== undefined) await unlink(kept).catch(() => undefined)
    throw error
  })
  if (kept !== undefined)
    logger.warn({ name, kept }, 'The file of a record was damaged, and the journal had the record')
  await known.note(name, mark, put)
  return mark
}

/**
 * Replaces or removes a file whose signature was `before`. To sync the new content takes a while, and a person who changes the
 * file meanwhile does so after the record was written.
 *
 * @throws {@link FileChanged}
 */
async function replaceUnlessChanged(
  target: WriteTarget,
  { path, encoded }: NamedFile,
  bytes: Buffer | undefined,
  before: string | undefined,
): Promise<Stats | undefined> {
  const beforeRename = async () => {
    if ((await signatureAt(path)) !== before) throw new FileChanged(`${path} was changed while it was being replaced`)
  }
  if (bytes) return await publish(target, { path, label: encoded, bytes, beforeRename }, NEVER_ABORTED)
  await beforeRename()
  await unlessAbsent(unlink(path))
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

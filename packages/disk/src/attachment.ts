import { access, stat, unlink } from 'node:fs/promises'
import { codeOf, type Logger } from '@sessionkeep/core/store'
import { throwIfAborted } from '@sessionkeep/store-kit'
import { foldsCase } from './case-folding.ts'
import { assertSafeDirectory, type HeldDirectory, holdDirectory, makeDirectories } from './directory.ts'
import { vanished } from './errors.ts'
import { ownFile } from './lock-files.ts'
import { replaceFile } from './replace-file.ts'
import { withPermit } from './semaphore.ts'
import { syncDirectory } from './sync-directory.ts'
import { openTempFiles, type TempFiles } from './temp-files.ts'
import { takeWriterLock, type WriterLock } from './writer-lock.ts'

/** A directory, and how it is to be used. */
export interface DirectoryUse {
  /** The configured directory; an absolute path. */
  readonly root: string
  /** Where the files are: the configured directory, or one below it; an absolute path. */
  readonly directory: string
  /** Whom the writer's lock is for: writers of different owners share a directory. Undefined: for everybody. */
  readonly owner: string | undefined
  /** What is locked, as the one who is refused reads it. Default: `The directory <path>`. */
  readonly what?: string | undefined
  /** True: nothing is made, locked, swept or tried. */
  readonly readOnly: boolean
  /** Whether syncing matters; false does not find out whether the directory can be synced. */
  readonly sync: boolean
  readonly logger: Logger
}

interface AttachRequest extends DirectoryUse {
  readonly signal: AbortSignal
  /** The device of the directory when this store had it before. Such a directory is never made anew. */
  readonly knownDevice: number | undefined
}

/** A directory in use. */
export interface Attachment {
  readonly held: HeldDirectory
  readonly foldsCase: boolean
  /** Whether the file system can sync this directory. */
  readonly syncs: boolean
  /** Undefined when opened read-only. */
  readonly writer: Writer | undefined
}

export interface Writer {
  readonly lock: WriterLock
  readonly temp: TempFiles
  readonly probePath: string
  /** Whether the last sync of the directory failed, so that what it was to save may be on no disk. */
  isUnconfirmed: boolean
}

/** Takes the directory into use; on a rejection nothing is held. Undefined: read-only, and there is none yet. */
export async function attach(request: AttachRequest): Promise<Attachment | undefined> {
  const { root, directory, readOnly, signal } = request
  const held = await withPermit(signal, async () => {
    if (!readOnly && request.knownDevice === undefined) await makeDirectories(directory)
    if (!readOnly) for (const path of new Set([root, directory])) await assertSafeDirectory(path)
    return await holdDirectory(directory)
  }).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error
    if (request.knownDevice !== undefined) throw vanished(directory)
    if (readOnly) return undefined
    throw error
  })
  if (!held) return undefined
  let writer: Writer | undefined
  try {
    await assertSameVolume(held, request)
    writer = readOnly ? undefined : await withPermit(signal, () => becomeWriter(request))
    const syncs = !readOnly && request.sync ? await withPermit(signal, () => syncDirectory(held.handle)) : true
    const folds = await withPermit(signal, () => foldsCase(directory))
    throwIfAborted(signal)
    return { held, foldsCase: folds, syncs, writer }
  } catch (error) {
    await release(held, writer)
    throw error
  }
}

/** Lets go of lock and descriptors. */
export async function detach({ held, writer }: Attachment): Promise<void> {
  await release(held, writer)
}

async function release(held: HeldDirectory, writer: Writer | undefined): Promise<void> {
  try {
    await writer?.lock.release()
  } finally {
    await held.handle.close()
  }
}

/** Whether the path still leads to the directory that is held: `gone`, nothing is there now; `replaced`, another is. */
export async function whereabouts({ held }: Attachment): Promise<'there' | 'gone' | 'replaced'> {
  try {
    const now = await stat(held.path)
    return now.ino === held.ino && now.dev === held.dev ? 'there' : 'replaced'
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return 'gone'
    throw error
  }
}

/** Rejects when it does not. */
export async function assertStillThere(attachment: Attachment): Promise<void> {
  const where = await whereabouts(attachment)
  if (where !== 'there') throw vanished(attachment.held.path, where === 'gone' ? undefined : 'is another one now')
}

/** Puts a file into the directory and removes it: shows that writing works, and gives a sync something to do. */
export async function probe({ temp, probePath }: Writer, signal: AbortSignal): Promise<void> {
  await replaceFile({ temp: temp.next('probe'), target: probePath, bytes: Buffer.of(), sync: false, signal })
  await unlink(probePath)
}

async function becomeWriter(request: AttachRequest): Promise<Writer> {
  const { directory, owner, signal } = request
  const lock = await takeWriterLock(request)
  try {
    const temp = await openTempFiles(ownFile(directory, owner, 'tmp'))
    const writer = { lock, temp, probePath: ownFile(directory, owner, 'probe'), isUnconfirmed: false }
    // A full disk is not a wrong directory: what is stored can still be read.
    await probe(writer, signal).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOSPC' && codeOf(error) !== 'EDQUOT') throw error
    })
    return writer
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** A volume that was unmounted leaves an empty directory of another device behind: not the one we had. */
async function assertSameVolume(held: HeldDirectory, { knownDevice, owner }: AttachRequest): Promise<void> {
  if (knownDevice === undefined || held.dev === knownDevice) return
  try {
    await access(ownFile(held.path, owner, 'lock'))
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    throw vanished(held.path, 'is on another volume than before, without our lock file')
  }
}

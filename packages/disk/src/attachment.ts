import { stat, unlink } from 'node:fs/promises'
import { codeOf, type Logger } from '@sessionkeep/contracts'
import { isInMemory, throwIfAborted } from '@sessionkeep/store-kit'
import { foldsCase } from './case-folding.ts'
import {
  assertSafeDirectory,
  assertSafePath,
  exists,
  type HeldDirectory,
  holdDirectory,
  makeDirectories,
} from './directory.ts'
import { vanished } from './errors.ts'
import { ownFile } from './lock-files.ts'
import { replaceFile } from './replace-file.ts'
import { withPermit } from './semaphore.ts'
import { syncDirectory } from './sync-directory.ts'
import { openTempFiles, type TempFiles } from './temp-files.ts'
import { takeWriterLock, type WriterLock } from './writer-lock.ts'

/** A directory and how it is to be used. */
export interface DirectoryUse {
  /** The configured directory; an absolute path. */
  readonly root: string
  /** The directory of the files: the configured directory or one below it; an absolute path. */
  readonly directory: string
  /**
   * The owner of the writer's lock. Writers of different owners share a directory. Undefined excludes every other
   * writer.
   */
  readonly owner: string | undefined
  /**
   * The subject of the message that a refused writer gets.
   *
   * @defaultValue `The directory <path>`
   */
  readonly what?: string | undefined
  /** When true, the directory is only read: nothing is created, locked, removed or tested. */
  readonly readOnly: boolean
  /** Whether writes are synced. If not, `attach()` does not test whether the directory can be synced. */
  readonly sync: boolean
  readonly logger: Logger
}

interface AttachRequest extends DirectoryUse {
  readonly signal: AbortSignal
  /** The device of the directory, if this store had the directory open before. Then a missing directory is not created again. */
  readonly knownDevice: number | undefined
}

/** A directory that is open. */
export interface Attachment {
  readonly held: HeldDirectory
  /** Whether the directory treats `a` and `A` as the same name. */
  readonly foldsCase: boolean
  /** Whether the file system can sync this directory. Also true if that was not tested, because nothing is synced. */
  readonly syncs: boolean
  /** Whether the file system is in memory. */
  readonly inMemory: boolean
  /** Undefined when the directory was opened read-only. */
  readonly writer: Writer | undefined
}

/** The right to write in the directory, and the files for it. */
export interface Writer {
  readonly lock: WriterLock
  readonly temp: TempFiles
  readonly probePath: string
  /** Whether the last sync of the directory failed, so that earlier changes may not be on the disk. */
  isUnconfirmed: boolean
}

/**
 * Opens, checks and locks the directory. When it rejects, nothing stays open or locked. A read-only request for a
 * directory that does not exist yet resolves with undefined.
 */
export async function attach(request: AttachRequest): Promise<Attachment | undefined> {
  const { root, directory, readOnly, signal, logger } = request
  const held = await withPermit(signal, async () => {
    if (!readOnly && request.knownDevice === undefined) {
      await assertSafePath(directory)
      await makeDirectories(directory)
    }
    const doubts = new Set<string>()
    for (const path of new Set([root, directory])) {
      for (const doubt of await assertSafeDirectory(path)) doubts.add(doubt)
    }
    for (const why of doubts) logger.warn({ directory, why }, 'Other users could change the directory of a store')
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
    const inMemory = await withPermit(signal, () => isInMemory(directory))
    throwIfAborted(signal)
    return { held, foldsCase: folds, syncs, inMemory, writer }
  } catch (error) {
    await release(held, writer)
    throw error
  }
}

/** Releases the lock and closes the descriptors. */
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

/**
 * Compares the path with the open directory. `there`: the path leads to it. `gone`: nothing is at the path.
 * `replaced`: something else is at the path.
 */
export async function locate({ held }: Attachment): Promise<'there' | 'gone' | 'replaced'> {
  try {
    const now = await stat(held.path)
    return now.ino === held.ino && now.dev === held.dev ? 'there' : 'replaced'
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return 'gone'
    throw error
  }
}

/**
 * Rejects when the path does not lead to the open directory any more.
 *
 * @throws `STORE_UNAVAILABLE`
 *
 * @example
 * if (entries.length === 0) await assertStillThere(attachment) // tells an empty directory from an unmounted one
 */
export async function assertStillThere(attachment: Attachment): Promise<void> {
  const where = await locate(attachment)
  if (where !== 'there') throw vanished(attachment.held.path, where === 'gone' ? undefined : 'is another directory now')
}

/** Creates and removes a file, which shows that writing works, and which gives the next sync something to write. */
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
    // On a full disk, the stored records can still be read, so opening goes on.
    await probe(writer, signal).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOSPC' && codeOf(error) !== 'EDQUOT') throw error
    })
    return writer
  } catch (error) {
    await lock.release()
    throw error
  }
}

/**
 * Rejects when the directory is on another device than before and has no file of this owner. When a volume is
 * unmounted, such an empty directory is left at its path.
 */
async function assertSameVolume(held: HeldDirectory, { knownDevice, owner }: AttachRequest): Promise<void> {
  if (knownDevice === undefined || held.dev === knownDevice) return
  // A writer with a lease instead of a lock may have made no lock file.
  for (const ending of ['lock', 'tmp'] as const) if (await exists(ownFile(held.path, owner, ending))) return
  throw vanished(held.path, 'is on another volume than before, and has none of the files that this gateway left there')
}

import { constants } from 'node:fs'
import { type FileHandle, open, readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '@sessionkeep/contracts'
import { encodeName, isDiskFull, makeDirectory, syncDirectoryAt } from '@sessionkeep/disk'

const NAME = /^(?:\+|[a-z0-9_%-]+)\.\d{8}$/
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND | constants.O_NOFOLLOW

/** The directory of the segments of all owners. */
const journalDirectory = (directory: string): string => join(directory, '.journal')

/** The beginning of the names of an owner's segments. No encoded name is `+`. */
export const segmentPrefix = (owner: string | undefined): string =>
  `${owner === undefined ? '+' : encodeName(owner, true)}.`

/** The paths of all segments; those of one owner in the order in which they were written. */
export async function listSegments(directory: string): Promise<string[]> {
  const place = journalDirectory(directory)
  const names = await readdir(place).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  })
  return names
    .filter((name) => NAME.test(name))
    .sort()
    .map((name) => join(place, name))
}

interface Segment {
  readonly handle: FileHandle
  readonly path: string
  readonly ino: number
  bytes: number
}

/** Where a writer adds its lines. `known` are the segments that are there already. */
export interface SegmentWriterOptions {
  readonly directory: string
  readonly owner: string | undefined
  readonly sync: boolean
  readonly known: readonly string[]
}

/** Makes the writer of the segments of one owner. It creates a segment when the first line is added. */
export function createSegmentWriter({ directory, owner, sync, known }: SegmentWriterOptions) {
  const place = journalDirectory(directory)
  let paths = [...known]
  let count = Math.max(0, ...known.map((path) => Number(path.slice(-8))))
  let current: Segment | undefined

  const create = async (path: string): Promise<FileHandle> => {
    try {
      return await open(path, FLAGS, 0o600)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
    }
    await makeDirectory(place)
    if (sync) await syncDirectoryAt(directory)
    return await open(path, FLAGS, 0o600)
  }

  const begin = async (): Promise<Segment> => {
    count += 1
    const path = join(place, segmentPrefix(owner) + String(count).padStart(8, '0'))
    const handle = await create(path)
    paths.push(path)
    try {
      // A segment whose name is lost in a power cut loses all its lines.
      if (sync) await syncDirectoryAt(place)
      const { ino } = await handle.stat()
      current = { handle, path, ino, bytes: 0 }
      return current
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  const leave = async (): Promise<void> => {
    const last = current
    current = undefined
    await last?.handle.close()
  }

  const add = async (segment: Segment, bytes: Buffer): Promise<void> => {
    const { handle, path, ino } = segment
    await handle.appendFile(bytes)
    const now = await stat(path)
    // Lines in a segment that somebody has removed are not safe.
    if (now.ino !== ino) throw Object.assign(new Error('the segment was replaced'), { code: 'ENOENT' })
    const written = now.size - segment.bytes
    if (written !== bytes.length) throw new Error(`only ${written} of ${bytes.length} bytes were written`)
    if (sync) await handle.datasync()
    segment.bytes = now.size
  }

  /** Removes what a failed write left. Returns whether the segment can be used further. */
  const undo = async ({ handle, bytes }: Segment, error: unknown): Promise<boolean> => {
    try {
      await handle.truncate(bytes)
      // After another error than a full disk, a later sync may succeed without writing what this one did not.
      return isDiskFull(error)
    } catch {
      return false
    }
  }

  return {
    /** The bytes in the segment that is being written. */
    size: (): number => current?.bytes ?? 0,
    /** The segments that have not been removed. */
    paths: (): readonly string[] => paths,
    /** Adds the text, and waits until it is as durable as wanted. When it rejects, the text may be there all the same. */
    async append(text: string): Promise<void> {
      const segment = current ?? (await begin())
      try {
        await add(segment, Buffer.from(text))
      } catch (error) {
        if (!(await undo(segment, error))) await leave()
        throw error
      }
    },
    /** Closes the segment. The next line begins another one. */
    leave,
    /** Removes segments, oldest first, so that no older line can outlive a newer one. */
    async remove(done: readonly string[]): Promise<void> {
      for (const path of done) {
        await unlink(path).catch((error: unknown) => {
          if (codeOf(error) !== 'ENOENT') throw error
        })
        if (sync) await syncDirectoryAt(place)
        paths = paths.filter((other) => other !== path)
      }
    },
  }
}

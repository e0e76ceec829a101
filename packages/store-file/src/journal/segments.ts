import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readdir, rename, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, StoreError } from '@sessionkeep/contracts'
import { asidePath, encodeName, isDiskFull, makeDirectory, syncDirectoryAt } from '@sessionkeep/disk'
import { unlessAbsent } from '../unless-absent.ts'

const NAME = /^(?:\+|[a-z0-9_%-]+)\.\d{8}$/
/** Above this size a segment is closed, and the next line begins another one, so that each segment is small enough to be read. */
export const MAX_SEGMENT_BYTES = 16 * 1024 * 1024
const DIGITS = 8
const OTHERS_WRITE = 0o002
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND | constants.O_NOFOLLOW

/** The directory of the segments of all owners. */
const journalDirectory = (directory: string): string => join(directory, '.journal')

/** The beginning of the names of an owner's segments. No encoded name is `+`. */
export const segmentPrefix = (owner: string | undefined): string =>
  `${owner === undefined ? '+' : encodeName(owner, true)}.`

/** The paths of all segments in the order of their numbers. Each new segment of a writer has a higher number than its others. */
export async function listSegments(directory: string): Promise<string[]> {
  const place = journalDirectory(directory)
  try {
    await assertTrusted(place)
    const names = await readdir(place)
    return names
      .filter((name) => NAME.test(name))
      .sort((a, b) => Number(a.slice(-DIGITS)) - Number(b.slice(-DIGITS)) || (a < b ? -1 : 1))
      .map((name) => join(place, name))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

/** Whether a segment belongs to a writer without owner. */
export const isUnowned = (path: string): boolean => path.includes(`/.journal/${segmentPrefix(undefined)}`)

/** Rejects when others could change the directory, or a link is in its place: somebody could remove or replace segments. */
async function assertTrusted(place: string): Promise<void> {
  const { uid, mode } = await lstat(place)
  const self = process.geteuid?.() ?? uid
  const kind = mode & constants.S_IFMT
  const fault =
    kind === constants.S_IFLNK
      ? 'it is a link; put the directory that it leads to in its place'
      : kind !== constants.S_IFDIR
        ? 'it is not a directory; move it away'
        : uid !== self && uid !== 0
          ? `it belongs to user ${uid}, and this is user ${self}`
          : mode & OTHERS_WRITE
            ? `every user may write it; chmod 700 ${place}`
            : undefined
  if (fault === undefined) return
  throw new StoreError('STORE_MISCONFIGURED', `${place} is the journal and is not used: ${fault}.`, {
    context: { path: place },
  })
}

interface Segment {
  readonly handle: FileHandle
  readonly path: string
  readonly ino: number
  bytes: number
}

/** The parameters of {@link createSegmentWriter}. */
export interface SegmentWriterOptions {
  readonly directory: string
  readonly owner: string | undefined
  readonly sync: boolean
  /** The segments that are there already. */
  readonly known: readonly string[]
  /** The known segments with damaged lines. They are set aside instead of removed, so that a person can look at them. */
  readonly damaged: readonly string[]
}

/** Makes the writer of the segments of one owner. It creates a segment when the first line is added. */
export function createSegmentWriter({ directory, owner, sync, known, damaged }: SegmentWriterOptions) {
  const place = journalDirectory(directory)
  let paths = [...known]
  let count = Math.max(0, ...known.map((path) => Number(path.slice(-DIGITS))))
  let current: Segment | undefined
  /** The length of all segments of this run, in bytes. */
  let total = 0
  const lengths = new Map<string, number>()
  // An earlier run may have ended between creating the directory and syncing the directory that contains it.
  let isPlaceDurable = false

  const create = async (path: string): Promise<FileHandle> => {
    try {
      if (isPlaceDurable) return await open(path, FLAGS, 0o600)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
    }
    await makeDirectory(place)
    await assertTrusted(place)
    if (sync) await syncDirectoryAt(directory)
    isPlaceDurable = true
    return await open(path, FLAGS, 0o600)
  }

  const begin = async (): Promise<Segment> => {
    count += 1
    const path = join(place, segmentPrefix(owner) + String(count).padStart(DIGITS, '0'))
    const handle = await create(path)
    paths.push(path)
    try {
      // A segment whose name is lost in a power cut loses all its lines.
      if (sync) await syncDirectoryAt(place)
      const { ino, mode } = await handle.stat()
      // With some umasks this user could not read the segment at the next opening.
      if ((mode & 0o777) !== 0o600) await handle.chmod(0o600)
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

  const add = async (segment: Segment, bytes: Buffer, isSynced: boolean): Promise<void> => {
    const { handle, path, ino } = segment
    await handle.appendFile(bytes)
    const now = await stat(path)
    // Lines in a segment that somebody has removed are not safe.
    if (now.ino !== ino) throw Object.assign(new Error('the segment was replaced'), { code: 'ENOENT' })
    const written = now.size - segment.bytes
    if (written !== bytes.length) throw new Error(`only ${written} of ${bytes.length} bytes were written`)
    if (isSynced) await handle.datasync()
    segment.bytes = now.size
    total += written
    lengths.set(path, now.size)
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
    /** The length of the segments of this run that have not been removed, in bytes. */
    size: (): number => total,
    /** The segments that have not been removed. */
    paths: (): readonly string[] => paths,
    /**
     * Adds the text, and waits until it is as durable as wanted; if `isSynced` is false, only until it survives a kill.
     * When this rejects, the text may be there all the same.
     */
    async append(text: string, isSynced = sync): Promise<void> {
      if (current && current.bytes > MAX_SEGMENT_BYTES) await leave()
      const segment = current ?? (await begin())
      try {
        await add(segment, Buffer.from(text), isSynced)
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
        const removal = damaged.includes(path) ? rename(path, asidePath(path)) : unlink(path)
        // Somebody may have removed the segment, or the whole directory of the segments.
        await unlessAbsent(removal)
        if (sync) await unlessAbsent(syncDirectoryAt(place))
        total -= lengths.get(path) ?? 0
        lengths.delete(path)
        paths = paths.filter((other) => other !== path)
      }
    },
  }
}

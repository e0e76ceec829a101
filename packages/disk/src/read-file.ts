import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf } from '@sessionkeep/contracts'
import { whenDescriptorsFree } from './descriptors.ts'
import { toStoreError } from './errors.ts'

// Without O_NONBLOCK, opening a FIFO would wait for a writer that may never come.
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW | constants.O_NOCTTY

/** The most bytes of one read. For a larger read, the system would have to provide all memory of the buffer at once. */
const MOST_AT_ONCE = 4 * 1024 * 1024

const EVERYBODY_WRITES = 0o002
const EVERYBODY_ENTERS = 0o001

/** The content of a file and its stat; or the reason why there is no readable file. */
export type FileContent =
  | { readonly bytes: Buffer; readonly stat: Stats }
  | { readonly fault: string; readonly cause?: unknown }

/** The request for {@link readWholeFile}. */
export interface ReadRequest {
  readonly path: string
  /** A larger file is not read, and counts as a fault. */
  readonly maxBytes: number
  readonly signal: AbortSignal
  /** Facts for the log line of an error. */
  readonly context?: Readonly<Record<string, unknown>>
}

/**
 * Reads a whole file. Returns undefined if there is none. It never waits for another program, and follows no link. A
 * link, FIFO, directory, socket or device is a fault. So is a file of another user, and a file that everybody may write
 * in a directory that everybody may enter. The caller must hold a permit.
 *
 * @throws `STORE_UNAVAILABLE` for an I/O error
 *
 * @example
 * const content = await withPermit(signal, () => readWholeFile({ path, maxBytes: MAX_RECORD_BYTES, signal }))
 */
export async function readWholeFile(request: ReadRequest): Promise<FileContent | undefined> {
  const { path, signal } = request
  const context = { path, ...request.context }
  const handle = await whenDescriptorsFree(signal, () => open(path, FLAGS)).catch((error: unknown) => {
    const errno = codeOf(error)
    if (errno === 'ENOENT') return undefined
    if (errno === 'ELOOP') return { fault: 'it is a symbolic link', cause: error }
    if (errno === 'ENXIO') return { fault: 'it is not a regular file', cause: error }
    throw toStoreError(error, { action: `read ${path}`, context })
  })
  if (handle === undefined || 'fault' in handle) return handle
  try {
    return await content(handle, request)
  } catch (error) {
    throw toStoreError(error, { action: `read ${path}`, context })
  } finally {
    await handle.close()
  }
}

async function content(handle: FileHandle, { path, maxBytes }: ReadRequest): Promise<FileContent> {
  const stat = await handle.stat()
  if (!stat.isFile()) return { fault: 'it is not a regular file' }
  const forged = await forgeryOf(path, stat)
  if (forged !== undefined) return { fault: forged }
  const tooLarge = { fault: `it is larger than ${maxBytes} bytes` }
  if (stat.size > maxBytes) return tooLarge
  // The buffer has one byte more than the file, to detect the end of the file. If the file grows meanwhile, the rest is
  // read too, up to the limit.
  let buffer = Buffer.allocUnsafe(stat.size + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, Math.min(buffer.length - length, MOST_AT_ONCE), length)
    length += bytesRead
    if (bytesRead === 0) return { bytes: buffer.subarray(0, length), stat }
    if (length > maxBytes) return tooLarge
    if (length === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(buffer.length)])
  }
}

/** Says who else could have written a file; undefined when nobody could but this user, root and a group. */
async function forgeryOf(path: string, { uid, mode }: Stats): Promise<string | undefined> {
  const self = process.geteuid?.()
  if (self === undefined) return undefined
  if (uid !== self && uid !== 0) return `it belongs to user ${uid}, and this is user ${self}`
  if ((mode & EVERYBODY_WRITES) === 0) return undefined
  const { mode: place } = await lstat(dirname(path))
  return place & EVERYBODY_ENTERS ? 'every user may write it' : undefined
}

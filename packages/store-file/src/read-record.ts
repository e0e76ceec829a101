import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { whenDescriptorsFree } from './descriptors.ts'
import { callError, errnoOf, unreadable } from './errors.ts'
import { isObject, MAX_BYTES, recordOf } from './record-text.ts'

// Without O_NONBLOCK, opening a FIFO waits for a writer that may never come.
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW | constants.O_NOCTTY

/** A file and the name it is read for; `undefined` where the file itself is to say it. */
export interface RecordFile {
  readonly path: string
  readonly name: string | undefined
  readonly hashed: boolean
}

export interface StoredRecord {
  readonly name: string
  readonly record: unknown
}

/** What is stored in the file; undefined when there is none. Whatever stands there, it neither waits nor follows. */
export async function readRecord(file: RecordFile, signal: AbortSignal): Promise<StoredRecord | undefined> {
  const label = file.name ?? file.path
  const handle = await openFile(file.path, label, signal)
  if (handle === undefined) return undefined
  let bytes: Buffer | string
  try {
    bytes = await content(handle)
  } catch (error) {
    throw callError(error, { doing: `read ${file.path}`, context: { name: label, path: file.path } })
  } finally {
    await handle.close()
  }
  if (typeof bytes === 'string') throw unreadable(label, file.path, bytes)
  try {
    return unwrap(recordOf(new TextDecoder('utf-8', { fatal: true }).decode(bytes)), file)
  } catch (error) {
    const why = error instanceof TypeError ? 'it is not UTF-8' : error instanceof Error ? error.message : String(error)
    throw unreadable(label, file.path, why, error)
  }
}

async function openFile(path: string, name: string, signal: AbortSignal): Promise<FileHandle | undefined> {
  try {
    return await whenDescriptorsFree(signal, () => open(path, FLAGS))
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT') return undefined
    if (errno === 'ELOOP') throw unreadable(name, path, 'it is a symbolic link', error)
    if (errno === 'ENXIO') throw unreadable(name, path, 'it is not a regular file', error)
    throw callError(error, { doing: `read ${path}`, context: { name, path } })
  }
}

/** The bytes, or why they were not read. */
async function content(handle: FileHandle): Promise<Buffer | string> {
  const stat = await handle.stat()
  if (!stat.isFile()) return 'it is not a regular file'
  const tooLarge = `it is larger than ${MAX_BYTES} bytes`
  if (stat.size > MAX_BYTES) return tooLarge
  // One byte more than the stat said, to see the end; a file that grows meanwhile is read on, up to the limit.
  let buffer = Buffer.allocUnsafe(stat.size + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length)
    length += bytesRead
    if (bytesRead === 0) return buffer.subarray(0, length)
    if (length > MAX_BYTES) return tooLarge
    if (length === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(buffer.length)])
  }
}

function unwrap(value: { [key: string]: unknown }, { name, hashed }: RecordFile): StoredRecord {
  if (!hashed) return { name: name ?? '', record: value }
  if (typeof value.name !== 'string' || !isObject(value.record)) throw new Error('its name or its record is missing')
  if (name !== undefined && value.name !== name) throw new Error('it holds the record of another name')
  return { name: value.name, record: value.record }
}

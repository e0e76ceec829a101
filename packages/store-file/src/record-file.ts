import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, MAX_RECORD_BYTES, type StoreError } from '@sessionkeep/contracts'
import {
  type Attachment,
  type BulkFile,
  encodeName,
  type FileFacts,
  isHashed,
  isObject,
  readWholeFile,
} from '@sessionkeep/disk'
import { unreadableRecord } from '@sessionkeep/store-kit'
import { ABSENT, markOf, NO_FILE } from './journal/line.ts'
import type { Stand } from './journal/overlay.ts'
import { recordOf } from './record-text.ts'

export const ENDING = '.json'
// A file may hold a name and indentation besides its record.
const MAX_FILE_BYTES = 2 * MAX_RECORD_BYTES

const decoder = new TextDecoder('utf-8', { fatal: true })

/** A file and the record name that it is read for; undefined when the name is to be read from the file. */
export interface RecordFile {
  readonly path: string
  readonly name: string | undefined
  /** Whether the file name is a hash, so that the record name is inside the file. */
  readonly hashed: boolean
}

/** The file of a known name. */
export interface NamedFile extends RecordFile {
  readonly name: string
  readonly encoded: string
}

export interface StoredRecord {
  readonly name: string
  readonly record: unknown
}

/** Returns the file of a name. */
export function fileOf({ held, foldsCase }: Attachment, name: string): NamedFile {
  const encoded = encodeName(name, foldsCase)
  return { name, encoded, hashed: isHashed(encoded), path: join(held.path, encoded + ENDING) }
}

/** A text that changes whenever a file is changed or replaced. */
export function signatureOf({ ino, size, ctimeMs, mode }: FileFacts): string {
  // A template would keep the text in parts, which take four times the memory for as long as the text is compared.
  return [ino, size, ctimeMs, mode].join(' ')
}

/** The signature of what is at the path; undefined when nothing is there. */
export async function signatureAt(path: string): Promise<string | undefined> {
  try {
    return signatureOf(await lstat(path))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** What is at the path of a record, before it is parsed. */
export interface StoredFile {
  readonly stand: Stand
  /**
   * Parses the record; undefined when there is no file.
   *
   * @throws `STORE_RECORD_UNREADABLE` when the file is not a record
   */
  record(): StoredRecord | undefined
}

/** Reads the file of a record. Never waits for a FIFO and follows no link. */
export async function readFileOf(file: RecordFile, signal: AbortSignal): Promise<StoredFile> {
  const { path } = file
  const label = file.name ?? path
  const content = await readWholeFile({ path, maxBytes: MAX_FILE_BYTES, signal, context: { name: label } })
  if (content === undefined) return NOTHING
  if ('fault' in content) {
    const error = unreadableRecord(label, content.fault, content.cause, { path })
    return {
      // Somebody put this here, for example a link or a directory. So it counts as newer than every line of the journal.
      stand: { mark: NO_FILE, changedAt: Number.POSITIVE_INFINITY, signature: undefined, isRecord: () => true },
      record: () => {
        throw error
      },
    }
  }
  return storedFile(file, content)
}

/** Describes a file that was read already. */
export function storedFile(file: RecordFile, { bytes, stat }: BulkFile): StoredFile {
  if (bytes === undefined || stat === undefined) return NOTHING
  const record = () => parse(bytes, file)
  const stand = { mark: markOf(bytes), changedAt: stat.ctimeMs, signature: signatureOf(stat) }
  return { stand: { ...stand, isRecord: () => isReadable(record) }, record }
}

const NOTHING: StoredFile = {
  stand: { mark: ABSENT, changedAt: undefined, signature: undefined, isRecord: () => false },
  record: () => undefined,
}

/**
 * Reads the record of a file; undefined when there is no file.
 *
 * @throws `STORE_RECORD_UNREADABLE` when the file is not a record
 */
export async function readRecord(file: RecordFile, signal: AbortSignal): Promise<StoredRecord | undefined> {
  return (await readFileOf(file, signal)).record()
}

/** The error of a name whose path holds a directory; undefined for other errors. */
export function directoryInPlace(error: unknown, name: string, path: string): StoreError | undefined {
  return codeOf(error) === 'EISDIR'
    ? unreadableRecord(name, 'it is a directory; set it aside first', error, { path })
    : undefined
}

function isReadable(record: () => unknown): boolean {
  try {
    record()
    return true
  } catch {
    return false
  }
}

function parse(bytes: Buffer, file: RecordFile): StoredRecord {
  try {
    return unwrap(recordOf(decoder.decode(bytes)), file)
  } catch (error) {
    const why = error instanceof TypeError ? 'it is not UTF-8' : error instanceof Error ? error.message : String(error)
    throw unreadableRecord(file.name ?? file.path, why, error, { path: file.path })
  }
}

function unwrap(value: { [key: string]: unknown }, { name, hashed }: RecordFile): StoredRecord {
  if (!hashed) return { name: name ?? '', record: value }
  if (typeof value.name !== 'string' || !isObject(value.record)) throw new Error('its name or its record is missing')
  if (name !== undefined && value.name !== name) throw new Error('it holds the record of another name')
  return { name: value.name, record: value.record }
}

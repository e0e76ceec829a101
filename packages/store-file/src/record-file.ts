import { join } from 'node:path'
import { MAX_RECORD_BYTES } from '@sessionkeep/contracts'
import { type Attachment, encodeName, isHashed, isObject, readWholeFile } from '@sessionkeep/disk'
import { unreadableRecord } from '@sessionkeep/store-kit'
import { recordOf } from './record-text.ts'

export const ENDING = '.json'
// A file may hold a name and indentation besides its record.
const MAX_FILE_BYTES = 2 * MAX_RECORD_BYTES

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

/**
 * Reads the record of a file; undefined when there is no file. Never waits for a FIFO and follows no link.
 *
 * @throws `STORE_RECORD_UNREADABLE` when the file is not a record
 */
export async function readRecord(file: RecordFile, signal: AbortSignal): Promise<StoredRecord | undefined> {
  const { path } = file
  const label = file.name ?? path
  const content = await readWholeFile({ path, maxBytes: MAX_FILE_BYTES, signal, context: { name: label } })
  if (content === undefined) return undefined
  if ('fault' in content) throw unreadableRecord(label, content.fault, content.cause, { path })
  try {
    return unwrap(recordOf(new TextDecoder('utf-8', { fatal: true }).decode(content.bytes)), file)
  } catch (error) {
    const why = error instanceof TypeError ? 'it is not UTF-8' : error instanceof Error ? error.message : String(error)
    throw unreadableRecord(label, why, error, { path })
  }
}

function unwrap(value: { [key: string]: unknown }, { name, hashed }: RecordFile): StoredRecord {
  if (!hashed) return { name: name ?? '', record: value }
  if (typeof value.name !== 'string' || !isObject(value.record)) throw new Error('its name or its record is missing')
  if (name !== undefined && value.name !== name) throw new Error('it holds the record of another name')
  return { name: value.name, record: value.record }
}

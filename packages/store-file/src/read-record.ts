import { isObject, MAX_RECORD_BYTES, readWholeFile, unreadable } from '@sessionkeep/disk'
import { recordOf } from './record-text.ts'

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
  const { path } = file
  const label = file.name ?? path
  const content = await readWholeFile({ path, maxBytes: MAX_RECORD_BYTES, signal, context: { name: label } })
  if (content === undefined) return undefined
  if ('fault' in content) throw unreadable(label, path, content.fault, content.cause)
  try {
    return unwrap(recordOf(new TextDecoder('utf-8', { fatal: true }).decode(content.bytes)), file)
  } catch (error) {
    const why = error instanceof TypeError ? 'it is not UTF-8' : error instanceof Error ? error.message : String(error)
    throw unreadable(label, file.path, why, error)
  }
}

function unwrap(value: { [key: string]: unknown }, { name, hashed }: RecordFile): StoredRecord {
  if (!hashed) return { name: name ?? '', record: value }
  if (typeof value.name !== 'string' || !isObject(value.record)) throw new Error('its name or its record is missing')
  if (name !== undefined && value.name !== name) throw new Error('it holds the record of another name')
  return { name: value.name, record: value.record }
}

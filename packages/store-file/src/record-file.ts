import { join } from 'node:path'
import { type Attachment, encodeName, isHashed } from '@sessionkeep/disk'
import type { RecordFile } from './read-record.ts'

export const ENDING = '.json'

/** Where the record of a name is. */
export interface NamedFile extends RecordFile {
  readonly name: string
  readonly encoded: string
}

export function fileOf({ held, foldsCase }: Attachment, name: string): NamedFile {
  const encoded = encodeName(name, foldsCase)
  return { name, encoded, hashed: isHashed(encoded), path: join(held.path, encoded + ENDING) }
}

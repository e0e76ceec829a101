import type { Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { errnoOf, readWholeFile } from '@sessionkeep/disk'
import { MAX_DOCUMENT_BYTES } from './document/document-text.ts'
import { type Reading, readDocument } from './document/read-document.ts'
import { unusable } from './errors.ts'

/** By what a document is told from a later one at the same path; `absent` where there is none. */
export type Version = string

const ABSENT: Version = 'absent'

export const versionOf = ({ dev, ino, size, mtimeMs }: Stats): Version => [dev, ino, size, mtimeMs].join(' ')

/** Which one stands at the path now; to be called in a slot. */
export async function versionAt(file: string): Promise<Version> {
  try {
    return versionOf(await lstat(file))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return ABSENT
    throw error
  }
}

/** What stands in the file, and which version that is; to be called in a slot. Rejects when it is not ours. */
export async function readFile(
  file: string,
  signal: AbortSignal,
): Promise<{ reading: Exclude<Reading, { kind: 'foreign' }> | undefined; version: Version }> {
  const content = await readWholeFile({ path: file, maxBytes: MAX_DOCUMENT_BYTES, signal })
  if (content === undefined) return { reading: undefined, version: ABSENT }
  if ('fault' in content) throw unusable(file, content.fault, content.cause)
  const reading = readDocument(content.bytes)
  if (reading.kind === 'foreign') throw unusable(file, reading.why)
  return { reading, version: versionOf(content.stat) }
}

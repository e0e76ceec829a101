import type { Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { codeOf, StoreError } from '@sessionkeep/core/store'
import { readWholeFile } from '@sessionkeep/disk'
import { MAX_DOCUMENT_BYTES } from './document/document-text.ts'
import { type Reading, readDocument } from './document/read-document.ts'

/** By what a document is told from a later one at the same path; `absent` where there is none. */
export type Version = string

const ABSENT: Version = 'absent'

export const versionOf = ({ dev, ino, size, mtimeMs }: Stats): Version => [dev, ino, size, mtimeMs].join(' ')

/** Which one stands at the path now; to be called in a slot. */
export async function versionAt(file: string): Promise<Version> {
  try {
    return versionOf(await lstat(file))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ABSENT
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

function unusable(file: string, why: string, cause?: unknown): StoreError {
  return new StoreError(
    'STORE_MISCONFIGURED',
    `The document ${file} cannot be used, and was left as it is: ${why}. Move it away, or name another file.`,
    { ...(cause === undefined ? {} : { cause }), context: { file } },
  )
}

export function replaced(file: string): StoreError {
  return new StoreError(
    'STORE_CLOSED',
    `The document ${file} was changed, replaced or removed by somebody else. What is in it now is not known; open() reads it anew.`,
    { context: { file } },
  )
}

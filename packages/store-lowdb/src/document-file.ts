import type { Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { codeOf, StoreError } from '@sessionkeep/contracts'
import { readWholeFile } from '@sessionkeep/disk'
import { MAX_DOCUMENT_BYTES } from './document/document-text.ts'
import { type Reading, readDocument } from './document/read-document.ts'

/** Identifies the state of a file, to detect a later one at the same path; `absent` when there is none. */
export type Version = string

const ABSENT: Version = 'absent'

export const versionOf = ({ dev, ino, size, mtimeMs }: Stats): Version => [dev, ino, size, mtimeMs].join(' ')

/** Returns the version of the file at the path. Call it with a permit. */
export async function versionAt(file: string): Promise<Version> {
  try {
    return versionOf(await lstat(file))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ABSENT
    throw error
  }
}

/**
 * Reads the file and its version. Call it with a permit.
 *
 * @throws `STORE_MISCONFIGURED` when the file is not a document of this store
 */
export async function readFile(
  file: string,
  signal: AbortSignal,
): Promise<{ reading: Exclude<Reading, { kind: 'foreign' }> | undefined; version: Version }> {
  const content = await readWholeFile({ path: file, maxBytes: MAX_DOCUMENT_BYTES, signal })
  if (content === undefined) return { reading: undefined, version: ABSENT }
  if ('fault' in content) throw unusable(file, content.fault, content.cause)
  const reading = await readDocument(content.bytes)
  if (reading.kind === 'foreign') throw unusable(file, reading.why)
  return { reading, version: versionOf(content.stat) }
}

function unusable(file: string, why: string, cause?: unknown): StoreError {
  return new StoreError(
    'STORE_MISCONFIGURED',
    `The document ${file} cannot be used, and was not changed: ${why}. Move it away, or name another file.`,
    { ...(cause === undefined ? {} : { cause }), context: { file } },
  )
}

/** The error of a document that another program changed. */
export function replaced(file: string): StoreError {
  return new StoreError(
    'STORE_CLOSED',
    `The document ${file} was changed, replaced or removed by another program. Its content is unknown; call open() again to read it.`,
    { context: { file } },
  )
}

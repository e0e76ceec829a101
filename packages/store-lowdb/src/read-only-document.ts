import { dirname } from 'node:path'
import { StoreError } from '@sessionkeep/contracts'
import { currentAttachment, toStoreError, withPermit } from '@sessionkeep/disk'
import { type Document, EMPTY } from './document/document.ts'
import { readFile, type Version, versionAt } from './document-file.ts'
import type { DocumentRequest, OpenDocument } from './open-document.ts'

/**
 * Opens a document that another process may write. It is read again whenever it has changed, and never locked,
 * changed or moved.
 */
export async function openReadOnly({
  file,
  signal,
  logger,
  known,
}: DocumentRequest): Promise<Pick<OpenDocument, 'read' | 'change' | 'close'>> {
  const directory = dirname(file)
  const current = currentAttachment({
    ...{ root: directory, directory, owner: undefined, readOnly: true, sync: false, logger, known },
    onAttached: () => undefined,
  })
  let last: { document: Document; version: Version } | undefined

  const read = async (until: AbortSignal): Promise<Document> => {
    if (!(await current.get(until))) return EMPTY
    const known = last
    if (known && (await withPermit(until, () => versionAt(file))) === known.version) return known.document
    const { reading, version } = await withPermit(until, () => readFile(file, until))
    if (reading?.kind === 'damaged') {
      throw new StoreError(
        'STORE_UNAVAILABLE',
        `The document ${file} cannot be read: ${reading.why}. The next store that opens it for writing sets it aside.`,
        { context: { file } },
      )
    }
    last = { document: reading?.document ?? EMPTY, version }
    return last.document
  }

  await current.take(signal)
  try {
    await read(signal)
  } catch (error) {
    await current.release()
    throw toStoreError(error, { action: `open ${file}`, context: { file } })
  }
  const change = async () => {
    throw new StoreError('STORE_READ_ONLY', 'The document was opened read-only.')
  }
  return { read, change, close: current.release }
}

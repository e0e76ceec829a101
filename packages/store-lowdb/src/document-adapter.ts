import { link, rename } from 'node:fs/promises'
import { basename } from 'node:path'
import { codeOf, type Logger, StoreError } from '@sessionkeep/core/store'
import { asidePath, makeDurable, publish, type WriteTarget, withPermit } from '@sessionkeep/disk'
import type { Adapter } from 'lowdb'
import type { Document } from './document/document.ts'
import { documentText, MAX_DOCUMENT_BYTES } from './document/document-text.ts'
import { readFile, replaced, type Version, versionAt, versionOf } from './document-file.ts'

/** What lowdb reads and writes through: the safe write, and what is known of the file. */
export interface DocumentAdapter extends Adapter<Document> {
  /** What stands in the file; undefined before the first read and where there is none. */
  onDisk(): Document | undefined
  /** Whether it may be gone after a power cut although `onDisk()` says that it is there. */
  isUnconfirmed(): boolean
  /** Whether the file is the one that was read or written last; to be called in a slot. */
  isOurs(): Promise<boolean>
  /** For the write that comes next: aborted when nobody waits for it any more. */
  signal: AbortSignal
}

export interface AdapterContext {
  readonly file: string
  readonly target: WriteTarget
  readonly logger: Logger
  readonly signal: AbortSignal
}

export function documentAdapter({ file, target, logger, signal }: AdapterContext): DocumentAdapter {
  let onDisk: Document | undefined
  let version: Version | undefined
  let isUnconfirmed = false

  const adapter: DocumentAdapter = {
    signal,
    onDisk: () => onDisk,
    isUnconfirmed: () => isUnconfirmed,
    isOurs: async () => (await versionAt(file)) === version,
    async read() {
      const found = await withPermit(adapter.signal, () => readFile(file, adapter.signal))
      version = found.version
      if (found.reading?.kind === 'ours') onDisk = found.reading.document
      if (found.reading?.kind === 'damaged') await mend(found.reading)
      return onDisk ?? null
    },
    async write(document) {
      const bytes = Buffer.from(documentText(document))
      if (bytes.length > MAX_DOCUMENT_BYTES) throw tooLarge(file, bytes.length)
      await withPermit(adapter.signal, async () => {
        // Asked again just before: between the check of the call and this there may have been a wait for a slot.
        if (!(await adapter.isOurs())) throw replaced(file)
        const stat = await publish(target, { path: file, label: basename(file), bytes }, adapter.signal)
        isUnconfirmed = true
        onDisk = document
        version = versionOf(stat)
        // A file system may date a file anew when it takes its content from the cache.
        const now = await versionAt(file)
        if (isSameFile(now, version)) version = now
      })
      await makeDurable(target)
      isUnconfirmed = false
    },
  }

  /** Keeps the torn document under another name first, so that no moment is without it or what could be read of it. */
  const mend = async ({ why, rest }: { why: string; rest: Document }) => {
    const aside = asidePath(file)
    await withPermit(adapter.signal, () => keepAs(aside, file))
    version = await withPermit(adapter.signal, () => versionAt(file))
    await adapter.write(rest)
    const records = [...rest.namespaces.values()].reduce((sum, { size }) => sum + size, 0)
    logger.warn(
      { file, aside, why, records, code: 'STORE_RECORD_UNREADABLE' },
      'The document was empty or torn - it is set aside, and the records that are whole are kept',
    )
  }
  return adapter
}

async function keepAs(aside: string, file: string): Promise<void> {
  try {
    await link(file, aside)
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(codeOf(error) ?? '')) throw error
    // A file system without hard links.
    await rename(file, aside)
  }
}

/** The same device and inode. */
function isSameFile(one: Version, other: Version): boolean {
  const file = (version: Version) => version.split(' ').slice(0, 2).join(' ')
  return file(one) === file(other)
}

function tooLarge(file: string, bytes: number): StoreError {
  return new StoreError(
    'STORE_FULL',
    `The document ${file} would have ${bytes} bytes, and ${MAX_DOCUMENT_BYTES} are the limit; delete records, or use a store that keeps each by itself.`,
    { context: { file } },
  )
}

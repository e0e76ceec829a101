import { link, unlink } from 'node:fs/promises'
import { basename } from 'node:path'
import { codeOf, type Logger, StoreError } from '@sessionkeep/contracts'
import {
  asidePath,
  makeDurable,
  NEVER_ABORTED,
  publish,
  readWholeFile,
  type WriteTarget,
  withPermit,
} from '@sessionkeep/disk'
import type { Adapter } from 'lowdb'
import type { Document } from './document/document.ts'
import { documentBytes, MAX_DOCUMENT_BYTES } from './document/document-text.ts'
import { readFile, replaced, type Version, versionAt, versionOf } from './document-file.ts'

/** The adapter through which lowdb reads and writes: it writes safely, and remembers the state of the file. */
export interface DocumentAdapter extends Adapter<Document> {
  /** The content of the file; undefined before the first read and when there is no file. */
  onDisk(): Document | undefined
  /** Whether the last write may be lost in a power cut although `onDisk()` returns it. */
  isUnconfirmed(): boolean
  /** Whether the file is still the one that was read or written last. Call it with a permit. */
  isOurs(): Promise<boolean>
  /** The signal of the next write: aborted when the caller has given up. */
  signal: AbortSignal
}

/** What {@link documentAdapter} needs. */
export interface AdapterContext {
  readonly file: string
  readonly target: WriteTarget
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** Makes the adapter of one document. */
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
      if (found.reading?.kind === 'damaged') await repair(found.reading)
      else if (found.reading?.twice)
        await repair({ why: found.reading.twice, rest: found.reading.document, isTwice: true })
      return onDisk ?? null
    },
    async write(document) {
      const bytes = await documentBytes(document)
      if (bytes === undefined) throw tooLarge(file)
      // A person may have changed the file while the new content was written.
      const beforeRename = async () => {
        if (!(await adapter.isOurs())) throw replaced(file)
      }
      await withPermit(adapter.signal, async () => {
        const content = { path: file, label: basename(file), bytes, beforeRename }
        const stat = await publish(target, content, adapter.signal)
        isUnconfirmed = true
        onDisk = document
        version = versionOf(stat)
        // Some file systems change the date of a file when they write its content from the cache.
        const now = await versionAt(file)
        if (isSameButForDate(now, version)) version = now
      })
      await makeDurable(target)
      isUnconfirmed = false
    },
  }

  /** Keeps the document under another name before it is replaced, so that at every moment its content exists. */
  const repair = async ({ why, rest, isTwice = false }: { why: string; rest: Document; isTwice?: boolean }) => {
    const aside = asidePath(file)
    const before = version
    let isSpare = false
    await withPermit(adapter.signal, () => linkOrCopy(aside))
    try {
      await adapter.write(rest)
    } catch (error) {
      isSpare = await withPermit(NEVER_ABORTED, () => isStillThere(aside, before)).catch(() => false)
      throw error
    } finally {
      // Otherwise each further attempt would leave a copy.
      if (isSpare) await unlink(aside).catch(() => undefined)
      else tell(aside, { why, rest, isTwice })
    }
  }

  const linkOrCopy = async (aside: string) => {
    // A person may have repaired the file while it was parsed.
    if (!(await adapter.isOurs())) throw replaced(file)
    try {
      await link(file, aside)
    } catch (error) {
      if (!NO_LINKS.has(codeOf(error) ?? '')) throw error
      const content = await readWholeFile({ path: file, maxBytes: MAX_DOCUMENT_BYTES, signal: adapter.signal })
      if (!content || 'fault' in content || versionOf(content.stat) !== version) throw replaced(file)
      await publish(target, { path: aside, label: basename(file), bytes: content.bytes }, adapter.signal)
    }
  }

  /** Whether the content of the copy is also in the document: as it was read, or as a person has put it there since. */
  const isStillThere = async (aside: string, before: Version | undefined) => {
    const now = await versionAt(file)
    return now === before || now === (await versionAt(aside))
  }

  const tell = (aside: string, { why, rest, isTwice }: { why: string; rest: Document; isTwice: boolean }) => {
    const records = [...rest.namespaces.values()].reduce((sum, { size }) => sum + size, 0)
    if (isTwice) {
      logger.warn(
        { file, aside, why, records },
        'The document has a member twice: a copy is set aside, and no record is lost; two versions of one are joined, or the later one is kept',
      )
      return
    }
    logger.warn(
      { file, aside, why, records, code: 'STORE_RECORD_UNREADABLE' },
      'The document was empty or damaged: it is set aside, and its readable records are kept',
    )
  }
  return adapter
}

/** With these codes, the file system has no hard links, or the system forbids this one. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

/** Whether both have the same device, inode and size. */
function isSameButForDate(one: Version, other: Version): boolean {
  const file = (version: Version) => version.split(' ').slice(0, 3).join(' ')
  return file(one) === file(other)
}

function tooLarge(file: string): StoreError {
  return new StoreError(
    'STORE_FULL',
    `The document ${file} would have more than ${MAX_DOCUMENT_BYTES} bytes, its limit. Delete records, or use a store with one file per record.`,
    { context: { file } },
  )
}

import { basename, dirname } from 'node:path'
import { codeOf, type Logger, StoreError } from '@sessionkeep/contracts'
import { type Attachment, currentAttachment, toStoreError, withPermit } from '@sessionkeep/disk'
import { assertNotMounted } from '@sessionkeep/store-kit'
import { Low } from 'lowdb'
import { type Change, changed, type Document, EMPTY } from './document/document.ts'
import { documentAdapter } from './document-adapter.ts'
import { replaced } from './document-file.ts'
import { type WriteQueue, writeQueue } from './write-queue.ts'

/** What {@link openDocument} needs. */
export interface DocumentRequest {
  readonly file: string
  readonly sync: boolean
  readonly signal: AbortSignal
  readonly logger: Logger
  /** The devices of directories that were open before; see `DirectoryRequest`. */
  readonly known: Map<string, number>
}

/** A document that only this process writes. It is locked, and its content is in memory. */
export interface OpenDocument extends Pick<WriteQueue, 'change'> {
  readonly attachment: Attachment
  /** Whether the file existed when the document was opened. */
  readonly wasThere: boolean
  /**
   * Returns the content. Rejects with `STORE_CLOSED`, and from then on always, when another program has changed the
   * file.
   */
  read(signal: AbortSignal): Promise<Document>
  /** Whether another program has changed the file, so that the document must be opened again. */
  isLost(): boolean
  /** Waits for running calls, then releases the lock. */
  close(): Promise<void>
}

/** Takes the lock and reads the document. When it rejects, nothing stays open or locked. */
export async function openDocument({ file, sync, signal, logger, known }: DocumentRequest): Promise<OpenDocument> {
  await assertNotMounted(file)
  const directory = dirname(file)
  const current = currentAttachment({
    ...{ root: directory, directory, owner: basename(file), what: `The document ${file}` },
    ...{ readOnly: false, sync, logger, known, onAttached: () => undefined },
  })
  await current.take(signal)
  try {
    const attachment = await current.get(signal)
    if (!attachment?.writer) throw new StoreError('STORE_UNAVAILABLE', `The directory ${directory} was not attached.`)
    const adapter = documentAdapter({ file, logger, signal, target: { attachment, writer: attachment.writer, sync } })
    const low = new Low<Document>(adapter, EMPTY)
    await low.read()
    let lost = false

    /** Runs the task if the document is still ours. When it is not, or the task finds that, the document is lost. */
    const ifOurs = async <T>(until: AbortSignal, task: () => Promise<T>): Promise<T> => {
      if (lost) throw replaced(file)
      try {
        await current.get(until)
        if (!(await withPermit(until, adapter.isOurs))) throw replaced(file)
        return await task()
      } catch (error) {
        lost = codeOf(error) === 'STORE_CLOSED'
        // Other stores of this process may keep the document open for long, and opening it again needs the lock.
        if (lost) await current.release()
        throw error
      }
    }
    const write = async (changes: readonly Change[], until: AbortSignal) => {
      const next = await changed(low.data, changes)
      // After a failed sync the file may not be on the disk, so it is written again even when its content is right.
      if (next === low.data && !adapter.isUnconfirmed()) return
      low.data = next
      adapter.signal = until
      await low.write()
    }
    const queue = writeQueue(async (changes, until) => {
      try {
        await ifOurs(until, () => write(changes, until))
      } catch (error) {
        low.data = adapter.onDisk() ?? EMPTY
        throw toStoreError(error, { action: `write ${file}`, context: { file } })
      }
    })
    return {
      attachment,
      wasThere: adapter.onDisk() !== undefined,
      change: queue.change,
      read: (until) => queue.between(until, () => ifOurs(until, async () => low.data)),
      isLost: () => lost,
      async close() {
        await queue.idle()
        await current.release()
      },
    }
  } catch (error) {
    await current.release()
    throw toStoreError(error, { action: `open ${file}`, context: { file } })
  }
}

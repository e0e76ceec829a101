import { basename, dirname } from 'node:path'
import { codeOf, type Logger, StoreError } from '@sessionkeep/core/store'
import { type Attachment, currentAttachment, toStoreError, withPermit } from '@sessionkeep/disk'
import { Low } from 'lowdb'
import { changed, type Document, EMPTY } from './document/document.ts'
import { documentAdapter } from './document-adapter.ts'
import { replaced } from './document-file.ts'
import { type WriteQueue, writeQueue } from './write-queue.ts'

export interface DocumentRequest {
  readonly file: string
  readonly sync: boolean
  readonly signal: AbortSignal
  readonly logger: Logger
  /** Devices of directories that were there before; see `DirectoryRequest`. */
  readonly known: Map<string, number>
}

/** A document that this process alone writes: locked, read, and kept in memory. */
export interface OpenDocument extends Pick<WriteQueue, 'change'> {
  readonly attachment: Attachment
  /** Whether there was a file when it was opened. */
  readonly wasThere: boolean
  /** What it holds. Rejects with `STORE_CLOSED`, now and ever after, when the file is no longer the one that we know. */
  read(signal: AbortSignal): Promise<Document>
  /** Whether it has to be opened anew. */
  isLost(): boolean
  /** Waits for what is under way, then lets go of the lock. */
  close(): Promise<void>
}

/** Takes the lock and reads the document; on a rejection nothing is held. */
export async function openDocument({ file, sync, signal, logger, known }: DocumentRequest): Promise<OpenDocument> {
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

    const assertOurs = async (until: AbortSignal) => {
      if (lost) throw replaced(file)
      try {
        await current.get(until)
        if (!(await withPermit(until, adapter.isOurs))) throw replaced(file)
      } catch (error) {
        lost = codeOf(error) === 'STORE_CLOSED'
        // Other stores of this process may keep the document open for long, and the next opening needs the lock.
        if (lost) await current.release()
        throw error
      }
    }
    const queue = writeQueue(async (changes, until) => {
      try {
        await assertOurs(until)
        const next = changed(low.data, changes)
        // A failed sync may have left the file unsaved, so it is written again even when its content is right.
        if (next === low.data && !adapter.isUnconfirmed()) return
        low.data = next
        adapter.signal = until
        await low.write()
      } catch (error) {
        low.data = adapter.onDisk() ?? EMPTY
        throw toStoreError(error, { action: `write ${file}`, context: { file } })
      }
    })
    return {
      attachment,
      wasThere: adapter.onDisk() !== undefined,
      change: queue.change,
      read: (until) =>
        queue.between(until, async () => {
          await assertOurs(until)
          return low.data
        }),
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

import type { Logger, StoreError } from '@sessionkeep/contracts'
import { type Attachment, objectText, type WriteTarget } from '@sessionkeep/disk'
import { doEach, rejectFailed } from '@sessionkeep/store-kit'
import { type Journal, openJournal } from './journal/journal.ts'
import type { Line } from './journal/line.ts'
import { type Overlay, overlayOf } from './journal/overlay.ts'
import { createSegmentReader } from './journal/read-segments.ts'
import { segmentPrefix } from './journal/segments.ts'
import type { Change } from './journal/types.ts'
import type { Beside } from './read-calls.ts'
import { bytesOfText, renameAside, writeFiles } from './write-calls.ts'

/** What {@link storeJournal} needs. */
export interface StoreJournalOptions {
  readonly directory: string
  readonly owner: string | undefined
  readonly sync: boolean
  readonly logger: Logger
  /** Whether lines are written. If not, the records in lines of an earlier run are brought to their files before the store opens. */
  readonly isWritten: boolean
  readonly check: () => Promise<unknown>
}

/** Makes what one open store uses of the journals of its directory. */
export function storeJournal({ directory, owner, sync, logger, isWritten, check }: StoreJournalOptions) {
  const othersReader = createSegmentReader(directory, logger)
  let journal: Journal | undefined
  let last: { readonly lines: readonly Line[]; readonly others: Overlay } = { lines: [], others: new Map() }

  return {
    /** Opens the journal of this writer. A store that only reads has none. */
    async open(attachment: Attachment): Promise<void> {
      const { writer } = attachment
      if (!writer) return
      const target: WriteTarget = { attachment, writer, sync }
      const opened = await openJournal({
        ...{ target, owner, logger, check },
        reader: createSegmentReader(directory, logger),
        bytesOf: (name, text) => bytesOfText(attachment, name, text),
        writeFiles: (changes, onChanged) => writeFiles(target, changes, onChanged),
      })
      if (isWritten) journal = opened
      else await opened.finish()
    },
    /** Returns what the journals say of records: that of this writer now, and those of other writers, which are read. */
    async beside(signal: AbortSignal): Promise<Beside> {
      const own = journal?.hot() ?? new Map()
      const isRead = (path: string) =>
        !journal || (owner !== undefined && !path.includes(`/.journal/${segmentPrefix(owner)}`))
      const { lines } = await othersReader.lines(signal, isRead)
      // While no segment changes, the lines are the same, and may be those of many thousands of records.
      if (lines !== last.lines) last = { lines, others: overlayOf(lines) }
      return { own, others: last.others, seen: journal?.beginRead() }
    },
    /** Writes the records. */
    async write(records: ReadonlyMap<string, unknown>, signal: AbortSignal): Promise<void> {
      const { done, failed } = doEach(records.keys(), (name) => objectText(name, records.get(name)))
      await writeAll(
        [...done].map(([name, text]) => ({ name, text })),
        signal,
        failed,
      )
    },
    /** Removes the records. */
    async remove(names: readonly string[], signal: AbortSignal): Promise<void> {
      await writeAll(
        [...new Set(names)].map((name) => ({ name, text: null })),
        signal,
        new Map(),
      )
    },
    /** Moves what is stored under these names aside. */
    async setAside(target: WriteTarget, names: readonly string[], signal: AbortSignal): Promise<void> {
      await journal?.bringSome(names)
      await renameAside(target, names, signal)
      await journal?.noteMoved(names, signal)
    },
    /** Brings every record to its file, and ends the journal. */
    close: async (): Promise<void> => await journal?.close(),
  }

  async function writeAll(changes: readonly Change[], signal: AbortSignal, failed: Map<string, StoreError>) {
    const errors = (await journal?.write(changes, signal)) ?? new Map<string, StoreError>()
    for (const [name, error] of errors) failed.set(name, error)
    rejectFailed(failed)
  }
}

import { type Clock, type JsonObject, StoreError } from '@sessionkeep/contracts'
import type { StoreCalls } from '@sessionkeep/contracts/internal'
import type { AnsweredCopy } from './store-answer.ts'

/** The parts of a record that show who wrote it last. */
interface Writing {
  readonly run: unknown
  readonly revision: unknown
}

/** A gateway that was not seen to write for this long counts as ended, ms. In a rolling deployment two gateways overlap for a moment. */
const ENDED_AFTER_MS = 600_000

/**
 * Watches for a second writer in a store that several processes may share and that takes no lease. Before a record is
 * written over, the stored one is read: if neither this run wrote it nor had read it, somebody else writes the same records.
 */
export function createContentionWatch(calls: StoreCalls, isPossible: () => boolean, clock: Clock) {
  /** What this run last wrote or read under each name. */
  const known = new Map<string, Writing>()
  let found: { readonly error: StoreError; readonly at: number } | undefined

  return {
    /** The error that names the last record that another writer was seen to write; undefined if none was seen lately. */
    found: (): StoreError | undefined => (found && clock.now() - found.at < ENDED_AFTER_MS ? found.error : undefined),
    noteRead(name: string, copy: AnsweredCopy): void {
      if (copy.kind === 'found') known.set(name, { run: copy.record.run, revision: copy.record.revision })
    },
    noteWritten(name: string, record: JsonObject | null): void {
      if (record) known.set(name, { run: record.run, revision: record.revision })
      else known.delete(name)
    },
    /** Throws when another writer has changed one of these records since this run last read or wrote it. */
    async check(records: ReadonlyMap<string, JsonObject>): Promise<void> {
      const names = [...records.keys()].filter((name) => known.has(name))
      if (!isPossible() || names.length === 0) return
      const { found: stored } = await calls.read(names)
      const foreign = names.find((name) => isForeign(stored.get(name), known.get(name), records.get(name)?.run))
      if (foreign === undefined) return
      const error = new StoreError(
        'STORE_UNAVAILABLE',
        `Another gateway writes the record of ${foreign} in this store, which takes no lease; both are joined, but attributes may be lost. Give each gateway a poolId of its own.`,
        { context: { sessionName: foreign, reason: 'contended' } },
      )
      found = { error, at: clock.now() }
      throw error
    },
  }
}

function isForeign(stored: unknown, known: Writing | undefined, ours: unknown): boolean {
  const { run, revision } = writingOf(stored)
  if (run === undefined || run === ours) return false
  return run !== known?.run || revision !== known?.revision
}

const NOBODY: Writing = { run: undefined, revision: undefined }

/** Who wrote a value, which is as the store returned it. */
function writingOf(stored: unknown): Writing {
  if (typeof stored !== 'object' || stored === null) return NOBODY
  try {
    return { run: Reflect.get(stored, 'run'), revision: Reflect.get(stored, 'revision') }
  } catch {
    // A getter of the value throws. Such a value shows no other writer, and reading it as a record tells what is wrong with it.
    return NOBODY
  }
}

export type ContentionWatch = ReturnType<typeof createContentionWatch>

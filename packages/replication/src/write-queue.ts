import { type Clock, StoreError } from '@sessionkeep/contracts'
import {
  BATCH_SIZE,
  backoffMs,
  createBatchSize,
  createYielding,
  pace,
  type StoreCalls,
  systemClock,
} from '@sessionkeep/contracts/internal'
import type { ContentionWatch } from './contention.ts'
import type { DesiredRecord, DesiredRecordOf, SpareRecord } from './desired-record.ts'
import { refusalOf } from './refusal.ts'
import type { Slots } from './slots.ts'
import { weightOf } from './weight.ts'

/** The parameters of {@link createWriteQueue}. */
export interface WriteQueueOptions {
  readonly calls: StoreCalls
  readonly slots: Slots
  readonly contention: ContentionWatch
  readonly clock: Clock
  /** Whether the store can set unreadable records aside. */
  readonly canSetAside: boolean
  readonly backoff: { readonly minMs: number; readonly maxMs: number }
  readonly desiredRecord: DesiredRecordOf
  /** Whether all of the store was read. If not, nobody knows what it has under a name that it was not asked for. */
  readonly isWhole: () => boolean
  /** Called before a spare record is sent. */
  readonly onSpare: (spare: SpareRecord) => void
  /** Called when the store has acknowledged a record or a deletion. */
  readonly onWritten: (name: string, written: DesiredRecord) => void
  /** Called at the first failure of a name whose batch was written otherwise. */
  readonly onNameFailed: (name: string, error: StoreError) => void
  /** Called when unreadable records were moved out of the way. */
  readonly onSetAside: (names: readonly string[]) => void
}

type Batch = ReadonlyMap<string, DesiredRecord>

/** How many names are looked at before the event loop gets its turn. */
const MOST_STEPS = 256

/** About how many characters of JSON a batch may have, besides its last record. A store makes the texts of a batch in one turn. */
const MOST_CHARACTERS = 256 * 1024

/** What was found when names were looked through for records to write. */
interface Due {
  /** The records that may be written now. */
  readonly batch: Batch
  /** The names that were looked at. */
  readonly examined: readonly string[]
}

/**
 * Makes the queue that writes dirty names to one store: in batches, one writing call at a time, each record as memory is at the
 * moment of writing. A name that fails alone is retried alone, with back-off.
 */
export function createWriteQueue(options: WriteQueueOptions) {
  const { calls, slots, contention, clock, canSetAside, backoff } = options
  const { desiredRecord, isWhole, onSpare, onWritten, onNameFailed, onSetAside } = options
  const batchSize = createBatchSize(BATCH_SIZE, clock)
  /** The number of writing calls so far. */
  let writes = 0
  /** The names in the writing call under way, also those of spare records. */
  let writing: readonly string[] = []

  const refusal = (name: string): StoreError | undefined => {
    const { answer } = slots.get(name)
    return refusalOf(name, typeof answer === 'string' ? undefined : answer, canSetAside)
  }

  /** Whether a record may be written, by what the store has answered for its name: see `DesiredRecord.when`. */
  const mayWrite = (name: string, { when }: DesiredRecord): boolean => {
    const { answer } = slots.get(name)
    if (when === 'now') return answer !== 'unclear' && (answer !== 'unasked' || isWhole())
    return when === 'answered' && answer !== 'unclear' && answer !== 'unasked'
  }

  /** Whether the store needs no write for a deletion: it has nothing to delete, or already has the record that it keeps for the other stores. */
  const isDone = (name: string, { about, record, isInterim, revision }: DesiredRecord): boolean =>
    isInterim ? slots.ackedRevision(name, about) === revision : record === null && !slots.owed(name, about)

  /**
   * The records of the first of `names` that may be written now, at most `max`; the other names stay dirty. It looks at a
   * limited number of names, since thousands of names that may not be written would block the process.
   */
  const due = (names: Iterable<string>, max: number): Due => {
    const now = clock.now()
    const batch = new Map<string, DesiredRecord>()
    const examined: string[] = []
    const startedAt = systemClock.now()
    let weight = 0
    for (const name of names) {
      examined.push(name)
      const slot = slots.get(name)
      const desired = desiredRecord(name)
      const refused = refusal(name)
      if (!desired || isDone(name, desired) || (refused && (desired.record === null || desired.isInterim))) {
        forget(name)
        slots.reject(name, refused ?? new StoreError('STORE_CLOSED', `No session has the name ${name} any more.`))
      } else if (refused) {
        // The name stays dirty, and keeps counting in `oldestDirtyMs`, until the blocking record is removed.
        slots.notUrgent(name)
        slots.reject(name, refused)
      } else if (!mayWrite(name, desired)) slots.notUrgent(name)
      else if (slot.urgent || !slot.failure || slot.failure.retryAt <= now) {
        batch.set(name, desired)
        weight += weightOf(desired.record)
      }
      const isLate = systemClock.now() - startedAt >= pace.batchMs
      if (batch.size === max || examined.length === BATCH_SIZE || weight >= MOST_CHARACTERS || isLate) break
    }
    return { batch, examined }
  }

  /** Notes that a name needs no write any more. */
  const forget = (name: string): void => {
    slots.clean(name)
    slots.notUrgent(name)
    slots.setFailure(name, undefined)
  }

  /** A call that timed out may still take effect later. These names are written again once it has ended. */
  const rewriteAfter = (unconfirmed: Promise<void>, names: Iterable<string>): void => {
    for (const name of names) {
      const slot = slots.get(name)
      // An earlier call may take effect after a later one.
      const ended = Promise.all([slot.unconfirmed, unconfirmed]).then(() => {
        if (slot.unconfirmed === ended) slot.unconfirmed = undefined
        slots.markDirty(name)
      })
      slot.unconfirmed = ended
    }
  }

  /** Writes one batch, and notes the result of each name. Throws if the store is at fault. */
  const write = async (batch: Batch): Promise<void> => {
    const startedAt = clock.now()
    const changes = new Map([...batch.keys()].map((name) => [name, slots.get(name).changes]))
    writes += 1
    for (const name of batch.keys()) {
      slots.notUrgent(name)
      slots.get(name).sentAt = writes
    }
    const spares = new Map([...batch].flatMap(([name, { spare }]) => (spare ? [[name, spare()] as const] : [])))
    writing = [...batch.keys(), ...[...spares.values()].map(({ name }) => name)]
    let failed: ReadonlyMap<string, StoreError>
    try {
      failed = await send(batch, spares)
    } catch (error) {
      const unconfirmed = calls.unconfirmed()
      if (unconfirmed) rewriteAfter(unconfirmed, writing)
      throw error
    } finally {
      writing = []
    }
    for (const [name, written] of batch) {
      const error = failed.get(name)
      if (error) noteFailure(name, error)
      else noteWritten(name, written, slots.get(name).changes === changes.get(name), startedAt)
    }
    const [first] = failed.values()
    // If every name of the batch failed, and retrying may help, the store is at fault and not the names.
    if (first && failed.size === batch.size && first.retryable) throw first
  }

  const noteFailure = (name: string, error: StoreError): void => {
    const slot = slots.get(name)
    const attempts = (slot.failure?.attempts ?? 0) + 1
    slots.setFailure(name, { attempts, error, retryAt: clock.now() + backoffMs(attempts, backoff) })
    slots.reject(name, error)
    if (attempts === 1) onNameFailed(name, error)
  }

  const noteWritten = (name: string, written: DesiredRecord, isLatest: boolean, startedAt: number): void => {
    const slot = slots.get(name)
    slots.setFailure(name, undefined)
    contention.noteWritten(name, written.record)
    slots.setAnswer(name, written.record === null ? 'unasked' : 'free')
    if (isLatest) slots.clean(name)
    else if (slot.dirtySince !== undefined) slot.dirtySince = Math.max(slot.dirtySince, startedAt)
    if (slot.unconfirmed) {
      // It does not count as acknowledged yet. But no other session may be written over it.
      const { about, record } = written
      slots.noteStored(name, about, record !== null, slots.ackedRevision(name, about))
      return
    }
    onWritten(name, written)
    const ended = () =>
      new StoreError('STORE_CLOSED', `The session that had the name ${name} ended before it was written.`)
    slots.settle(name, written, () => desiredRecord(name), ended)
  }

  /** Stores spare records, each for the name whose write would replace the record. Returns the errors by these names. */
  const sendSpares = async (spares: ReadonlyMap<string, SpareRecord>): Promise<ReadonlyMap<string, StoreError>> => {
    if (spares.size === 0) return new Map()
    for (const spare of spares.values()) {
      onSpare(spare)
      slots.setAnswer(spare.name, 'free')
      slots.get(spare.name).sentAt = writes
    }
    const failed = await calls.set(new Map([...spares.values()].map(({ name, record }) => [name, record])))
    const errors = new Map<string, StoreError>()
    for (const [name, spare] of spares) {
      const error = failed.get(spare.name)
      if (error) errors.set(name, error)
      else slots.releaseLeft(name, spare.about)
    }
    return errors
  }

  /**
   * Sends a batch: first sets unreadable records aside and stores the spare records, then writes, then deletes. Returns the errors
   * of single names.
   */
  const send = async (
    batch: Batch,
    spares: ReadonlyMap<string, SpareRecord>,
  ): Promise<ReadonlyMap<string, StoreError>> => {
    const failed = new Map<string, StoreError>()
    const note = (failures: ReadonlyMap<string, StoreError>): void => {
      for (const [name, error] of failures) failed.set(name, error)
    }
    const aside = [...batch.keys()].filter((name) => typeof slots.get(name).answer === 'object')
    if (aside.length > 0) {
      note(await calls.setAside(aside))
      const moved = aside.filter((name) => !failed.has(name))
      for (const name of moved) slots.setAnswer(name, 'free')
      if (moved.length > 0) onSetAside(moved)
    }
    note(await sendSpares(spares))
    const rest = [...batch].filter(([name]) => !failed.has(name))
    const records = new Map(rest.flatMap(([name, { record }]) => (record === null ? [] : [[name, record] as const])))
    const deletes = rest.flatMap(([name, { record }]) => (record === null ? [name] : []))
    if (records.size > 0) await contention.check(records)
    if (records.size > 0) note(await calls.set(records))
    if (deletes.length > 0) note(await calls.delete(deletes))
    return failed
  }

  return {
    /** Why nothing may be written under a name; undefined if it may. */
    refusal,
    /** The number of the last writing call. A read that began before a name was last sent is stale. */
    writes: (): number => writes,
    /** The names in the writing call under way, and in writing calls that timed out and have not ended. */
    unsettled: (): string[] => [...writing, ...slots.namesWhere(({ unconfirmed }) => unconfirmed !== undefined)],
    /** How long the oldest dirty name has been dirty, ms; 0 if no name is. */
    oldestMs(): number {
      const now = clock.now()
      let oldest = now
      for (const name of slots.dirty()) oldest = Math.min(oldest, slots.get(name).dirtySince ?? now)
      return now - oldest
    },
    /** The error of a name that failed alone. */
    lastFailure(): StoreError | undefined {
      const failing = [...slots.failing()].at(-1)
      return failing === undefined ? undefined : slots.get(failing).failure?.error
    },
    /** Why a dirty name is blocked by a record that must not be overwritten. */
    lastRefusal(): StoreError | undefined {
      const blocked = [...slots.blocked()].findLast((name) => slots.dirty().has(name) && refusal(name))
      return blocked === undefined ? undefined : refusal(blocked)
    },

    /**
     * Writes the urgent names, and with `all` also the names that were dirty at the start, in small batches. Names that become
     * urgent meanwhile are written between two batches. Throws the `StoreError` that stopped it.
     */
    async flush({ all }: { all: boolean }): Promise<void> {
      const rest = new Set(all ? slots.dirty() : [])
      /** The names that may not be written yet. A name may wait until another one is written, so they all get another turn after a write. */
      const waiting = new Set<string>()
      const pause = createYielding(1)
      /** The names that were looked at since the last pause. */
      let steps = 0
      let hasWritten = false
      for (;;) {
        // Urgent and other names take turns, so that neither waits for ever.
        const urgent = due(slots.urgent(), BATCH_SIZE)
        for (const name of urgent.batch.keys()) rest.delete(name)
        if (urgent.batch.size > 0) await write(urgent.batch)
        const { batch, examined } = due(rest, batchSize.current())
        for (const name of examined) {
          rest.delete(name)
          if (!batch.has(name)) waiting.add(name)
        }
        if (batch.size > 0) await batchSize.measure(batch.size, () => write(batch))
        hasWritten ||= urgent.batch.size + batch.size > 0
        if (hasWritten && rest.size === 0) {
          for (const name of waiting) if (slots.dirty().has(name)) rest.add(name)
          waiting.clear()
          hasWritten = false
        }
        if (rest.size + slots.urgent().size === 0) return
        steps += urgent.examined.length + examined.length
        if (steps < MOST_STEPS) continue
        // A store in memory answers at once, so that all batches would be written in one turn.
        await pause()
        steps = 0
      }
    },
  }
}

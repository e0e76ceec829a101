import { backoffMs } from '../base/backoff.ts'
import type { Clock } from '../base/clock.ts'
import { StoreError } from '../errors/store-error.ts'
import { createPace } from './batch-size.ts'
import type { DesiredRecord, DesiredRecordOf } from './desired-record.ts'
import { refusalOf } from './refusal.ts'
import type { Slots } from './slots.ts'
import { BATCH_SIZE, type StoreCalls } from './store-calls.ts'

export interface WriteQueueOptions {
  readonly calls: StoreCalls
  readonly slots: Slots
  readonly clock: Clock
  readonly canSetAside: boolean
  readonly backoff: { readonly minMs: number; readonly maxMs: number }
  readonly desiredRecord: DesiredRecordOf
  /** A decision was acknowledged. */
  readonly onWritten: (name: string, decision: DesiredRecord) => void
  /** A name failed alone, while others were written; called at its first failure. */
  readonly onNameFailed: (name: string, error: StoreError) => void
}

type Batch = ReadonlyMap<string, DesiredRecord>

/**
 * Writes dirty names to one store: in batches, one writing call at a time, each record decided at the moment of writing.
 * A name that fails alone is retried alone, with back-off.
 */
export function createWriteQueue(options: WriteQueueOptions) {
  const { calls, slots, clock, canSetAside, backoff, desiredRecord, onWritten, onNameFailed } = options
  const pace = createPace(BATCH_SIZE, clock)
  let writes = 0
  let writing: Batch = new Map()

  const refusal = (name: string): StoreError | undefined => {
    const { answer } = slots.get(name)
    return refusalOf(name, typeof answer === 'string' ? undefined : answer, canSetAside)
  }

  const mayWrite = (name: string, { when }: DesiredRecord): boolean => {
    const { answer } = slots.get(name)
    if (when === 'now') return answer !== 'unclear'
    return when === 'answered' && answer !== 'unclear' && answer !== 'unasked'
  }

  /** Decisions for those of `names` that may be written now; the others stay dirty. */
  const due = (names: Iterable<string>, most: number): Map<string, DesiredRecord> => {
    const now = clock.now()
    const batch = new Map<string, DesiredRecord>()
    for (const name of names) {
      const slot = slots.get(name)
      const decision = desiredRecord(name)
      const refused = refusal(name)
      if (!decision || (refused && decision.record === null)) {
        forget(name)
        slots.reject(name, refused ?? new StoreError('STORE_CLOSED', `Nothing is known of ${name} any more.`))
      } else if (refused) {
        // It stays dirty: the store lacks the current record until somebody clears the way.
        slots.notUrgent(name)
        slots.reject(name, refused)
      } else if (!mayWrite(name, decision)) slots.notUrgent(name)
      else if (slot.urgent || !slot.failure || slot.failure.retryAt <= now) batch.set(name, decision)
      if (batch.size === most) break
    }
    return batch
  }

  const forget = (name: string): void => {
    slots.clean(name)
    slots.notUrgent(name)
    slots.get(name).failure = undefined
  }

  /** A call that passed its deadline may still be done, long after: these names are written again once it has ended. */
  const rewriteAfter = (late: Promise<void>, names: Iterable<string>): void => {
    for (const name of names) {
      const slot = slots.get(name)
      slot.late = late
      void late.then(() => {
        if (slot.late === late) slot.late = undefined
        slots.markDirty(name)
      })
    }
  }

  const write = async (batch: Batch): Promise<void> => {
    const decidedAt = clock.now()
    const changes = new Map([...batch.keys()].map((name) => [name, slots.get(name).changes]))
    writes += 1
    for (const name of batch.keys()) {
      slots.notUrgent(name)
      slots.get(name).sentAt = writes
    }
    writing = batch
    let failed: ReadonlyMap<string, StoreError>
    try {
      failed = await send(batch)
    } catch (error) {
      const late = calls.unconfirmed()
      if (late) rewriteAfter(late, batch.keys())
      throw error
    } finally {
      writing = new Map()
    }
    for (const [name, decision] of batch) {
      const error = failed.get(name)
      if (error) noteFailure(name, error)
      else noteWritten(name, decision, slots.get(name).changes === changes.get(name), decidedAt)
    }
    const [first] = failed.values()
    // Not one name of several got through, or the only one did not for a passing reason: that is the store, not the name.
    if (first && failed.size === batch.size && first.retryable) throw first
  }

  const noteFailure = (name: string, error: StoreError): void => {
    const slot = slots.get(name)
    const attempts = (slot.failure?.attempts ?? 0) + 1
    slot.failure = { attempts, error, retryAt: clock.now() + backoffMs(attempts, backoff) }
    slots.reject(name, error)
    if (attempts === 1) onNameFailed(name, error)
  }

  const noteWritten = (name: string, decision: DesiredRecord, isLatest: boolean, decidedAt: number): void => {
    const slot = slots.get(name)
    slot.failure = undefined
    slot.answer = decision.record === null ? 'unasked' : 'free'
    if (isLatest) slots.clean(name)
    else if (slot.dirtySince !== undefined) slot.dirtySince = Math.max(slot.dirtySince, decidedAt)
    if (slot.late) return
    onWritten(name, decision)
    const ended = () =>
      new StoreError('STORE_CLOSED', `The session that had the name ${name} ended before it was written.`)
    slots.settle(name, decision, desiredRecord(name), ended)
  }

  const send = async (batch: Batch): Promise<ReadonlyMap<string, StoreError>> => {
    const failed = new Map<string, StoreError>()
    const note = (failures: ReadonlyMap<string, StoreError>): void => {
      for (const [name, error] of failures) failed.set(name, error)
    }
    const aside = [...batch.keys()].filter((name) => typeof slots.get(name).answer === 'object')
    if (aside.length > 0) {
      note(await calls.setAside(aside))
      for (const name of aside) if (!failed.has(name)) slots.get(name).answer = 'free'
    }
    const rest = [...batch].filter(([name]) => !failed.has(name))
    const records = new Map(rest.flatMap(([name, { record }]) => (record === null ? [] : [[name, record] as const])))
    const deletes = rest.flatMap(([name, { record }]) => (record === null ? [name] : []))
    if (records.size > 0) note(await calls.set(records))
    if (deletes.length > 0) note(await calls.delete(deletes))
    return failed
  }

  return {
    refusal,
    /** How many writing calls were made; what was read before the last one that sent a name is stale. */
    writes: (): number => writes,
    /** Names in the call under way, and in calls whose outcome is not known. */
    unsettled: (): string[] => [...writing.keys(), ...slots.namesWhere(({ late }) => late !== undefined)],
    oldestMs(): number {
      const now = clock.now()
      return now - Math.min(now, ...[...slots.dirty()].map((name) => slots.get(name).dirtySince ?? now))
    },
    lastFailure(): StoreError | undefined {
      const failing = slots.namesWhere(({ failure }) => failure !== undefined).at(-1)
      return failing === undefined ? undefined : slots.get(failing).failure?.error
    },
    /** Why a dirty name is not written. */
    lastRefusal(): StoreError | undefined {
      const held = [...slots.dirty()].findLast((name) => refusal(name))
      return held === undefined ? undefined : refusal(held)
    },

    /**
     * Writes what is urgent, and with `all` also what was dirty when it began, in small portions between which goes what
     * is urgent by then. Throws the `StoreError` that stopped it.
     */
    async flush({ all }: { all: boolean }): Promise<void> {
      const rest = new Set(all ? slots.dirty() : [])
      for (;;) {
        // In turns, so that neither keeps the other waiting for ever.
        const urgent = due(slots.urgent(), BATCH_SIZE)
        for (const name of urgent.keys()) rest.delete(name)
        if (urgent.size > 0) await write(urgent)
        const portion = due(rest, pace.size())
        for (const name of portion.keys()) rest.delete(name)
        if (portion.size > 0) await pace.measure(portion.size, () => write(portion))
        if (urgent.size + portion.size === 0) return
      }
    },
  }
}

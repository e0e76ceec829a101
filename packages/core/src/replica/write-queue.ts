import { performance } from 'node:perf_hooks'
import { StoreError } from '../errors/store-error.ts'
import type { Copy } from '../record/parse-record.ts'
import { backoffMs } from './backoff.ts'
import type { Decide, Decision } from './decision.ts'
import { createPace } from './pace.ts'
import { refusalOf } from './refusal.ts'
import { BATCH_SIZE, type StoreCalls } from './store-calls.ts'
import { createWaiters } from './waiters.ts'

interface Failing {
  readonly attempts: number
  readonly notBefore: number
  readonly error: StoreError
}

export interface WriteQueueOptions {
  readonly calls: StoreCalls
  readonly canSetAside: boolean
  readonly backoff: { readonly minMs: number; readonly maxMs: number }
  readonly decide: Decide
  /** These decisions are being written: what was read of their names before is overtaken. */
  readonly onWriting: (batch: ReadonlyMap<string, Decision>) => void
  /** A decision was acknowledged. */
  readonly onWritten: (name: string, decision: Decision) => void
  /** A name failed alone, while others were written; told at its first failure. */
  readonly onNameFailed: (name: string, error: StoreError) => void
}

/**
 * The names whose decision one store has not acknowledged, and how they get there: in batches, one writing call at a
 * time, the decision taken at the moment of writing. A name that fails alone is retried alone, with back-off.
 */
export function createWriteQueue({
  calls,
  canSetAside,
  backoff,
  decide,
  onWriting,
  onWritten,
  onNameFailed,
}: WriteQueueOptions) {
  const dirty = new Map<string, { since: number }>()
  const urgent = new Set<string>()
  const failing = new Map<string, Failing>()
  const waiters = createWaiters()
  const pace = createPace(BATCH_SIZE)
  let writing: ReadonlyMap<string, Decision> | undefined
  /** Names in a call whose outcome is not known yet; what is written of them meanwhile is not final. */
  const suspects = new Map<string, Promise<void>>()
  /** Names for which the store has answered since it was attached. */
  const answered = new Set<string>()
  /** Names under which something stands that is not simply ours to replace. */
  const guarded = new Map<string, Copy>()
  /** Names of which the store could not say what stands there: it may be what is not to be written over. */
  const unknown = new Set<string>()

  const refusal = (name: string): StoreError | undefined => refusalOf(name, guarded.get(name), canSetAside)

  const mayWrite = (name: string, { when }: Decision): boolean =>
    when === 'now' ? !unknown.has(name) : when === 'answered' && answered.has(name)

  /** Decisions for those of `names` that may be written now; the others stay dirty. */
  const due = (names: Iterable<string>, most: number): Map<string, Decision> => {
    const now = performance.now()
    const batch = new Map<string, Decision>()
    for (const name of names) {
      const decision = decide(name)
      const refused = refusal(name)
      if (!decision || (refused && decision.record === null)) {
        drop(name)
        waiters.failed(name, refused ?? new StoreError('STORE_CLOSED', `Nothing is known of ${name} any more.`))
      } else if (refused) {
        // It lacks what it is not given: that is as old as it is until somebody makes room for it.
        urgent.delete(name)
        waiters.failed(name, refused)
      } else if (mayWrite(name, decision)) {
        const rest = failing.get(name)
        if (!rest || rest.notBefore <= now || urgent.has(name)) batch.set(name, decision)
      } else urgent.delete(name)
      if (batch.size === most) break
    }
    return batch
  }

  const drop = (name: string): void => {
    dirty.delete(name)
    urgent.delete(name)
    failing.delete(name)
  }

  /** A call that passed its deadline may still be done, long after: whatever is decided for its names by then is repeated. */
  const suspect = (names: Iterable<string>): void => {
    const late = calls.inDoubt()
    if (!late) return
    for (const name of names) {
      suspects.set(name, late)
      void late.then(() => {
        if (suspects.get(name) === late) suspects.delete(name)
        mark(name)
      })
    }
  }

  const mark = (name: string, since = performance.now()): void => {
    // A new object each time: it tells a write under way that this name changed after it.
    dirty.set(name, { since: Math.min(dirty.get(name)?.since ?? since, since) })
  }

  const write = async (batch: ReadonlyMap<string, Decision>): Promise<void> => {
    const decidedAt = performance.now()
    const marks = new Map([...batch.keys()].map((name) => [name, dirty.get(name)]))
    for (const name of batch.keys()) urgent.delete(name)
    onWriting(batch)
    writing = batch
    const failed = await send(batch)
      .catch((error: unknown) => {
        suspect(batch.keys())
        throw error
      })
      .finally(() => {
        writing = undefined
      })
    for (const [name, decision] of batch) {
      const error = failed.get(name)
      if (error) {
        const attempts = (failing.get(name)?.attempts ?? 0) + 1
        failing.set(name, { attempts, error, notBefore: performance.now() + backoffMs(attempts, backoff) })
        waiters.failed(name, error)
        if (attempts === 1) onNameFailed(name, error)
        continue
      }
      failing.delete(name)
      answered.add(name)
      const left = dirty.get(name)
      if (left === marks.get(name)) dirty.delete(name)
      // What is left to be written came after what has just been.
      else if (left) left.since = Math.max(left.since, decidedAt)
      if (decision.record === null) answered.delete(name)
      if (suspects.has(name)) continue
      onWritten(name, decision)
      waiters.written(name, decision, decide(name)?.about)
    }
    const [first] = failed.values()
    // Not one name of several got through, or the only one did not for a passing reason: that is the store, not the name.
    if (first && failed.size === batch.size && first.retryable) throw first
  }

  const send = async (batch: ReadonlyMap<string, Decision>): Promise<Map<string, StoreError>> => {
    const aside = [...batch.keys()].filter((name) => guarded.get(name)?.kind === 'unreadable')
    const failed = new Map<string, StoreError>()
    const note = (failures: ReadonlyMap<string, StoreError>) => {
      for (const [name, error] of failures) failed.set(name, error)
    }
    if (aside.length > 0) {
      note(await calls.setAside(aside))
      for (const name of aside) if (!failed.has(name)) guarded.delete(name)
    }
    const records = new Map<string, unknown>()
    const deletes: string[] = []
    for (const [name, { record }] of batch) {
      if (failed.has(name)) continue
      if (record === null) deletes.push(name)
      else records.set(name, record)
    }
    if (records.size > 0) note(await calls.set(records))
    if (deletes.length > 0) note(await calls.delete(deletes))
    return failed
  }

  return {
    answered,
    guarded,
    unknown,
    /** Names in the call under way, and in calls whose outcome is not known. */
    unsettled: (): string[] => [...(writing?.keys() ?? []), ...suspects.keys()],
    waiters,
    refusal,
    mark,
    /** Marks `name`, and lets it pass its back-off at the next flush. */
    hurry(name: string): void {
      mark(name)
      urgent.add(name)
    },
    isHurried: (): boolean => urgent.size > 0,
    size: (): number => dirty.size,
    oldestMs(): number {
      if (dirty.size === 0) return 0
      let oldest = performance.now()
      for (const { since } of dirty.values()) oldest = Math.min(oldest, since)
      return performance.now() - oldest
    },
    lastFailure: (): StoreError | undefined => [...failing.values()].at(-1)?.error,
    /** Why a name that is to be written is not. */
    lastRefusal: (): StoreError | undefined => {
      const held = [...guarded.keys()].findLast((name) => dirty.has(name) && refusal(name))
      return held === undefined ? undefined : refusal(held)
    },

    /**
     * Writes what is hurried, and with `all` also what was dirty when it began, in small portions between which goes what
     * is hurried meanwhile.
     * Throws the `StoreError` that stopped it.
     */
    async flush({ all }: { all: boolean }): Promise<void> {
      const rest = new Set(all ? dirty.keys() : [])
      for (;;) {
        // In turns, so that neither keeps the other waiting for ever.
        const hurried = due(urgent, BATCH_SIZE)
        for (const name of hurried.keys()) rest.delete(name)
        if (hurried.size > 0) await write(hurried)
        const portion = due(rest, pace.size())
        for (const name of portion.keys()) rest.delete(name)
        if (portion.size > 0) await pace.measure(portion.size, () => write(portion))
        if (hurried.size + portion.size === 0) return
      }
    },
  }
}

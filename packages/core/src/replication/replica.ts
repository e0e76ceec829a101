import type { Clock } from '../base/clock.ts'
import { atMost } from '../base/timeout.ts'
import type { Logger } from '../contracts/logger.ts'
import type { MetadataStore } from '../contracts/metadata-store.ts'
import { StoreError } from '../errors/store-error.ts'
import { promisesOf } from './capabilities.ts'
import { createConnection, type ReplicaState, type ReplicaTiming } from './connection.ts'
import type { DesiredRecord, DesiredRecordOf } from './desired-record.ts'
import { probe } from './probe.ts'
import { createSlots } from './slots.ts'
import { readAnswer, type StoreAnswer } from './store-answer.ts'
import { createStoreCalls } from './store-calls.ts'
import { createWriteQueue } from './write-queue.ts'

export interface ReplicaOptions {
  readonly store: MetadataStore
  readonly label: string
  readonly namespace: string | undefined
  readonly owner: string
  readonly readOnly: boolean
  readonly logger: Logger
  readonly clock: Clock
  readonly timing: ReplicaTiming
  /** The name under which the store is to be tried out before it is joined; undefined: it is not. */
  readonly probe: string | undefined
  readonly desiredRecord: DesiredRecordOf
  /** Whether the pool knows of a session or a tombstone of that name. */
  readonly isKnown: (name: string) => boolean
  /** Reads this store through the pool and joins what it answers; `applyAnswer()` is called in it. */
  readonly join: (replica: Replica) => Promise<void>
  readonly onWritten: (replica: Replica, name: string, decision: DesiredRecord) => void
  readonly onNameFailed: (replica: Replica, name: string, error: StoreError) => void
  readonly onState: (replica: Replica, state: ReplicaState, error: StoreError | undefined) => void
}

/** One store behind the pool: a copy of its memory that is kept up, in the background, whatever the store does. */
export function createReplica(options: ReplicaOptions) {
  const { store, clock, timing, probe: probeName } = options
  const promises = promisesOf(store)
  const calls = createStoreCalls(store, timing.callTimeoutMs, clock)
  const slots = createSlots(clock)
  const queue = createWriteQueue({
    calls,
    slots,
    clock,
    canSetAside: store.setAside !== undefined,
    backoff: timing.backoff,
    desiredRecord: options.desiredRecord,
    onWritten: (name, decision) => {
      lastSuccessAt = clock.date()
      options.onWritten(replica, name, decision)
    },
    onNameFailed: (name, error) => options.onNameFailed(replica, name, error),
  })
  const readers = new Set<Promise<unknown>>()
  let lastSuccessAt: number | undefined
  let flushing: Promise<void> | undefined
  let failing = false
  /** Whether it is attached after a failure, and nobody was told yet. */
  let returned = false
  /** Whether everything dirty is to be written after the flush under way. */
  let wanted = false

  const attachment = createConnection({
    calls,
    clock,
    label: options.label,
    context: { namespace: options.namespace, owner: options.owner, logger: options.logger },
    readOnly: options.readOnly,
    timing,
    join: () => options.join(replica),
    probe: probeName === undefined ? undefined : () => probe(calls, promises.capabilities, probeName),
    reads: () => Promise.allSettled([...readers]),
    onAttached: () => void flush(),
    onState: (state, error) => {
      if (error) slots.rejectAll(error)
      // A store that can be read and not written comes and goes; it is back once it was written.
      returned = state === 'attached' && (failing || returned)
      failing = state === 'degraded'
      if (!returned) options.onState(replica, state, error)
    },
  })

  const worked = (): void => {
    attachment.worked()
    if (!returned || attachment.state() !== 'attached') return
    returned = false
    options.onState(replica, 'attached', undefined)
  }

  const run = (all: boolean): Promise<void> => {
    if (attachment.state() !== 'attached') return Promise.resolve()
    flushing = queue
      .flush({ all })
      .then(worked)
      .catch((error: StoreError) => attachment.failed(error))
      .finally(() => {
        flushing = undefined
        const everything = wanted
        wanted = false
        if (everything || slots.urgent().size > 0) void run(everything)
      })
    return flushing
  }
  /** Writes all that is dirty; fulfils when it was tried. After a flush that is under way. */
  const flush = (): Promise<void> => {
    if (!flushing) return run(true)
    wanted = true
    return flushing.then(() => flushing)
  }

  const replica = {
    /** What it promises. */
    store: promises,
    /** The store's name, made unique within the pool. */
    label: options.label,
    get liveOnly(): boolean {
      return promises.capabilities.liveOnly === true
    },
    /** What is known of each name there. */
    slots,
    state: attachment.state,
    /** What it fails at; undefined: it does what it is asked. */
    error: (): StoreError | undefined => attachment.error() ?? queue.lastFailure(),
    /** Why a record is not written that is left alone there; the others are. */
    refused: queue.lastRefusal,
    /** Resolves when the first attempt has ended, well or not; rejects only for a store that can never work as configured. */
    attach: attachment.attach,
    /** Tries a failing store at once, and waits for one that is being attached; resolves when that was tried. */
    retryNow: attachment.retryNow,
    canRead: attachment.canRead,
    /** Settles when it is not being opened or closed. */
    settled: attachment.settled,
    /** Whether it has been read whole since it was opened. */
    isJoined: attachment.isJoined,
    dirtyCount: (): number => slots.dirty().size,
    oldestDirtyMs: queue.oldestMs,
    lastSuccessAt: (): number | undefined => lastSuccessAt,

    /** Everything the store has for this pool, or just these names. Rejects when the store cannot say. */
    async read(names: readonly string[], all?: (name: string) => boolean): Promise<StoreAnswer> {
      await attachment.settled()
      const question = { names, all, asOf: queue.writes(), stale: new Set(queue.unsettled()) }
      const answering = readAnswer(calls, replica, options.owner, question)
      readers.add(answering)
      try {
        return await answering
      } finally {
        readers.delete(answering)
      }
    },
    /** The answer without what it says of names that were sent since it was asked for. */
    withoutStale(answer: StoreAnswer): StoreAnswer {
      const stale = [...answer.copies.keys()].filter((name) => slots.get(name).sentAt > answer.asOf)
      if (stale.length === 0) return answer
      const copies = new Map(answer.copies)
      for (const name of stale) copies.delete(name)
      return { ...answer, copies, stale: new Set([...answer.stale, ...stale]) }
    },
    /** Takes note of what was answered, so that those names may be written. `complete`: the answer is about all names. */
    applyAnswer(answer: StoreAnswer): void {
      if (answer.complete) {
        for (const [name, slot] of slots.all()) if (!answer.stale.has(name)) slot.answer = 'unasked'
        attachment.joined()
      }
      for (const name of answer.indeterminate ?? []) {
        const slot = slots.get(name)
        if (slot.answer === 'unasked') slot.answer = 'unclear'
      }
      for (const [name, copy] of answer.copies) {
        slots.get(name).answer = copy.kind === 'found' || copy.kind === 'absent' ? 'free' : copy
      }
      if (answer.complete) slots.prune(answer.asOf, options.isKnown)
    },
    hasAnswered(name: string): boolean {
      const { answer } = slots.get(name)
      return answer !== 'unasked' && answer !== 'unclear'
    },
    /** Names of which it could not say what stands there: among them may be the record of any session. */
    indeterminate: (): readonly string[] => slots.namesWhere(({ answer }) => answer === 'unclear'),
    /** Why nothing may be written under a name; undefined: it may. */
    refusal: queue.refusal,
    /** `since`: when it changed, where that was earlier; monotonic ms. */
    mark(name: string, since?: number): void {
      if (!options.readOnly) slots.markDirty(name, since)
    },
    flush,
    /** Writes `name` now. Rejects at the first failed attempt; `retry`: a failing store is first tried once more. */
    async write(name: string, { retry }: { retry: boolean }): Promise<void> {
      const decision = options.desiredRecord(name)
      if (!decision) return
      const refused = options.readOnly
        ? new StoreError('STORE_READ_ONLY', 'An observer does not write.')
        : queue.refusal(name)
      if (refused) throw refused
      slots.markDirty(name)
      slots.markUrgent(name)
      const state = attachment.state()
      const blocked = attachment.error()
      if (blocked && (state === 'locked' || (state === 'degraded' && !retry))) throw blocked
      if (state === 'detached')
        throw new StoreError('STORE_CLOSED', `Store ${store.name} is not attached; start() the pool first.`)
      const written = slots.wait(name, decision)
      // One that is under way takes what is hurried between two of its calls.
      if (state === 'attached') void (flushing ?? run(false))
      if (state === 'degraded') void attachment.retryNow()
      return written
    },
    /** Settles once it is let go whole, however long that takes; the store may then be opened by another. */
    closed: attachment.closed,
    /** Flushes until the deadline, then lets the store go. Never rejects. */
    async detach(timeoutMs: number): Promise<void> {
      const until = clock.now() + timeoutMs
      // A store that failed a while ago may work again: this is its last chance.
      if (attachment.state() === 'degraded') await atMost(timeoutMs, attachment.retryNow(), clock)
      if (attachment.state() === 'attached') await atMost(Math.max(1, until - clock.now()), flush(), clock)
      await attachment.detach(Math.max(50, until - clock.now()))
      slots.rejectAll(new StoreError('STORE_CLOSED', `Store ${store.name} was detached.`))
    },
  }
  return replica
}

export type Replica = ReturnType<typeof createReplica>

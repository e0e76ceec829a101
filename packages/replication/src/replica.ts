import { type Clock, type Logger, type MetadataStore, StoreError } from '@sessionkeep/contracts'
import { BATCH_SIZE, createStoreCalls, forEachYielding, safeCapabilities } from '@sessionkeep/contracts/internal'
import { identityIn, ownerOf, type PoolIdentity } from '@sessionkeep/selection/internal'
import { createConnection, type ReplicaState, type ReplicaTiming } from './connection.ts'
import { createContentionWatch } from './contention.ts'
import type { DesiredRecord, DesiredRecordOf, SpareRecord } from './desired-record.ts'
import { createFormerRecords, withFormerRecords } from './former-records.ts'
import { writeTheRest } from './last-writes.ts'
import { moveRecords } from './move-records.ts'
import { probe } from './probe.ts'
import { createSlots } from './slots.ts'
import { type AnsweredCopy, type Question, readAnswer, type StoreAnswer } from './store-answer.ts'
import { createWriteQueue } from './write-queue.ts'

/** The parameters of {@link createReplica}. */
export interface ReplicaOptions {
  readonly store: MetadataStore
  /** The name of the store, made unique within the pool. */
  readonly label: string
  readonly pool: PoolIdentity
  readonly readOnly: boolean
  readonly logger: Logger
  readonly clock: Clock
  readonly timing: ReplicaTiming
  /** The name of the record that tests the store before it is joined; undefined: no test. */
  readonly probe: string | undefined
  /** The record that the store should have under a name now. */
  readonly desiredRecord: DesiredRecordOf
  /** Whether memory has a session or a tombstone of that name. */
  readonly isKnown: (name: string) => boolean
  /** Reads this store through a discovery pass, which joins the answer and calls `applyAnswer()`. */
  readonly join: (replica: Replica) => Promise<void>
  /** Called before a spare record is sent. */
  readonly onSpare: (replica: Replica, spare: SpareRecord) => void
  /** Called when the store has acknowledged a record or a deletion. */
  readonly onWritten: (replica: Replica, name: string, written: DesiredRecord) => void
  /** Called at the first failure of a name whose batch was written otherwise. */
  readonly onNameFailed: (replica: Replica, name: string, error: StoreError) => void
  /** Called when the state changes, and at each failure. */
  readonly onState: (replica: Replica, state: ReplicaState, error: StoreError | undefined) => void
}

/** Makes a replica: a store that is kept up to date with memory, in the background, whatever the store does. */
export function createReplica(options: ReplicaOptions) {
  const { store, pool, clock, timing, probe: probeName } = options
  const described = safeCapabilities(store)
  const identity = identityIn(described.capabilities, pool)
  const isOurs = (owner: string): boolean => owner === identity.owner || pool.formerly.includes(owner)
  const direct = createStoreCalls(store, timing.callTimeoutMs, clock, { pool: ownerOf(pool), store: options.label })
  const unmoved = createFormerRecords()
  const calls = withFormerRecords(direct, unmoved)
  const moving = {
    ...{ calls: direct, identity, unmoved, living: pool.living, most: { records: BATCH_SIZE } },
    logger: options.logger,
    label: options.label,
    lease: described.capabilities.lease === true,
  }
  const slots = createSlots(clock)
  const isContentionPossible = (): boolean => {
    const { shared, lease, liveOnly } = described.capabilities
    return shared && !lease && !liveOnly
  }
  const contention = createContentionWatch(calls, isContentionPossible, clock)
  const queue = createWriteQueue({
    calls,
    slots,
    contention,
    clock,
    canSetAside: store.setAside !== undefined,
    backoff: timing.backoff,
    desiredRecord: options.desiredRecord,
    isWhole: () => connection.isWhole(),
    onSpare: (spare) => options.onSpare(replica, spare),
    onWritten: (name, written) => {
      lastSuccessAt = clock.date()
      options.onWritten(replica, name, written)
    },
    onNameFailed: (name, error) => options.onNameFailed(replica, name, error),
    onSetAside: (names) => options.logger.warn({ store: options.label, names }, 'Unreadable records were set aside'),
  })
  /** The reads that are under way. */
  const readers = new Set<Promise<unknown>>()
  /** Aborted when the store is detached, so that a long read does not delay it. */
  const ended = new AbortController()
  let lastSuccessAt: number | undefined
  let flushing: Promise<void> | undefined
  /** Whether the store is degraded. */
  let failing = false
  /** Whether the store is attached again after a failure, but no write has succeeded yet. */
  let isUnproven = false
  /** The last error of the store. */
  let fault: StoreError | undefined
  /** Whether a full flush should follow the flush under way. */
  let isFlushQueued = false

  const connection = createConnection({
    calls,
    clock,
    label: options.label,
    context: { namespace: identity.namespace, owner: identity.owner, logger: options.logger },
    move: identity.formerly.length === 0 ? undefined : () => moveRecords(moving),
    readOnly: options.readOnly,
    timing,
    join: () => options.join(replica),
    probe: probeName === undefined ? undefined : () => probe(calls, described.capabilities, probeName),
    reads: () => Promise.allSettled([...readers]),
    onAttached: () => void flush(),
    onState: (state, error) => {
      if (error) slots.rejectAll(error)
      fault = error ?? fault
      // Reports `attached` again only after a successful write, so that a full disk does not make it flap.
      isUnproven = state === 'attached' && (failing || isUnproven)
      failing = state === 'degraded'
      if (!isUnproven) options.onState(replica, state, error)
    },
  })

  /** Called after each successful flush. */
  const worked = (): void => {
    connection.noteSuccess()
    if (!isUnproven || connection.state() !== 'attached') return
    isUnproven = false
    options.onState(replica, 'attached', undefined)
  }

  /** Starts a flush: of all dirty names, or of the urgent ones alone. */
  const run = (all: boolean): Promise<void> => {
    if (connection.state() !== 'attached') return Promise.resolve()
    flushing = queue
      .flush({ all })
      .then(worked)
      .catch((error: StoreError) => connection.noteFailure(error))
      .finally(() => {
        flushing = undefined
        const isQueued = isFlushQueued
        isFlushQueued = false
        if (isQueued || slots.urgent().size > 0) void run(isQueued)
      })
    return flushing
  }
  /** Writes all dirty names, after the flush that is under way. Fulfils after the attempt, also if it failed. */
  const flush = (): Promise<void> => {
    if (!flushing) return run(true)
    isFlushQueued = true
    return flushing.then(() => flushing)
  }

  const noteAnswer = (name: string, copy: AnsweredCopy): void => {
    contention.noteRead(name, copy)
    slots.setAnswer(name, copy.kind === 'found' || copy.kind === 'absent' ? 'free' : copy)
    if (copy.kind === 'absent') slots.setLeft(name, undefined)
  }

  const ask = async (asked: Pick<Question, 'names' | 'all' | 'most'>): Promise<StoreAnswer | undefined> => {
    await connection.settled()
    const now = { asOf: queue.writes(), stale: new Set(queue.unsettled()), signal: ended.signal }
    const answering = readAnswer(calls, replica, isOurs, { ...asked, ...now })
    readers.add(answering)
    try {
      return await answering
    } finally {
      readers.delete(answering)
    }
  }

  const replica = {
    /** The capabilities of the store. */
    store: described,
    /** The name of the store. */
    name: store.name,
    /** The name of the store, made unique within the pool. */
    label: options.label,
    /** Where the pool keeps its records in this store. */
    identity,
    /** Whether sessions carry their own records in this store. */
    get liveOnly(): boolean {
      return described.capabilities.liveOnly === true
    },
    /** Whether programs of other machines can write to this store. */
    get shared(): boolean {
      return described.capabilities.shared === true
    },
    /** The state of each name in this store. */
    slots,
    state: connection.state,
    /** The error of the store, or of a name that could not be written; undefined if there is none. */
    error: (): StoreError | undefined => connection.error() ?? queue.lastFailure(),
    /** The state that is reported, and its error: after a failure, a store is `degraded` until a write has succeeded. */
    reported: (): { readonly state: ReplicaState; readonly error: StoreError | undefined } =>
      isUnproven ? { state: 'degraded', error: fault } : { state: connection.state(), error: replica.error() },
    /** Set while another gateway is seen to write the same records. */
    contended: contention.found,
    /** When the store last failed, ms since the epoch; undefined if it has not. */
    lastErrorAt: connection.lastErrorAt,
    /** Since when the store fails, ms since the epoch; undefined while it does not. */
    degradedSince: connection.degradedSince,
    /** Why a dirty name is blocked by a record that must not be overwritten; undefined if none is. */
    refused: queue.lastRefusal,
    /** Fulfils after the first attempt, also if it failed; rejects only if the store can never work as configured. */
    attach: connection.attach,
    /** Retries a failing or locked store at once, or waits for a store that is being attached; fulfils after that attempt. */
    retryNow: connection.retryNow,
    /** Whether the store is open, for reading at least. */
    canRead: connection.canRead,
    /** Fulfils when the store is not being opened. */
    settled: connection.settled,
    /** Whether the store was joined with memory since it was opened. */
    isJoined: connection.isJoined,
    /** Whether all of the store was read since it was opened. */
    isWhole: connection.isWhole,
    /** Notes that the store failed outside of a call of its connection, and schedules the next attempt. */
    noteFailure: connection.noteFailure,
    /** How many names are dirty. */
    dirtyCount: (): number => slots.dirty().size,
    /** How long the oldest dirty name has been dirty, ms; 0 if no name is. */
    oldestDirtyMs: queue.oldestMs,
    /** When the store last acknowledged a write, ms since the epoch. */
    lastSuccessAt: (): number | undefined => lastSuccessAt,

    /** Reads these names. Rejects if the store cannot be read. */
    read: async (names: readonly string[]): Promise<StoreAnswer> => (await ask({ names })) as StoreAnswer,
    /**
     * Reads these names and all others in the store; undefined if the store lists more than `most`. Rejects if the store
     * cannot be read.
     */
    readAtMost: (names: readonly string[], most: number): Promise<StoreAnswer | undefined> =>
      ask({ names, all: () => true, most }),
    /** The answer without the copies of names that were written since the read began: those are stale reads. */
    withoutStale(answer: StoreAnswer): StoreAnswer {
      const stale = slots.sentAfter(answer.asOf, answer.copies)
      if (stale.length === 0) return answer
      const copies = new Map(answer.copies)
      for (const name of stale) copies.delete(name)
      return { ...answer, copies, stale: new Set([...answer.stale, ...stale]) }
    },
    /**
     * Notes what the store answered, so that those names may be written. It pauses among thousands of names. If a name is
     * written meanwhile, its later state stays. `note` is called with each name, before anything can be written under it, and
     * says whose record that is.
     */
    async applyAnswer(answer: StoreAnswer, note: (name: string, copy: AnsweredCopy) => void): Promise<void> {
      const { complete, isFirst, copies, asOf, stale, indeterminate = new Set() } = answer
      const isOutdated = (name: string): boolean => slots.get(name).sentAt > asOf
      await forEachYielding(copies, ([name, copy]) => {
        if (isOutdated(name)) return
        noteAnswer(name, copy)
        note(name, copy)
      })
      if (complete || isFirst)
        await forEachYielding(slots.all(), ([name]) => {
          if (copies.has(name) || stale.has(name) || isOutdated(name)) return
          slots.setAnswer(name, indeterminate.has(name) ? 'unclear' : 'unasked')
          if (complete && !indeterminate.has(name)) slots.setLeft(name, undefined)
        })
      for (const name of indeterminate) if (slots.get(name).answer === 'unasked') slots.setAnswer(name, 'unclear')
      if (complete || isFirst) connection.noteJoined(complete)
    },
    /** Drops what is no longer used. Called once an answer was applied. */
    prune({ complete, asOf }: StoreAnswer): void {
      if (complete) slots.prune(asOf, options.isKnown)
    },
    /** Whether the store has answered for a name since it was opened. */
    hasAnswered(name: string): boolean {
      const { answer } = slots.get(name)
      return answer !== 'unasked' && answer !== 'unclear'
    },
    /** The names that the store could not read. Any session may have its record under one of them. */
    indeterminate: slots.unclear,
    /** Why nothing may be written under a name; undefined if it may. */
    refusal: queue.refusal,
    /** Marks a name dirty. `since` is when it changed, monotonic ms; default now. */
    mark(name: string, since?: number): void {
      if (!options.readOnly) slots.markDirty(name, since)
    },
    flush,
    /** Writes a name now. Rejects at the first failed attempt; with `retry`, a failing store is retried first. */
    async write(name: string, { retry }: { retry: boolean }): Promise<void> {
      const desired = options.desiredRecord(name)
      if (!desired) return
      const refused = options.readOnly
        ? new StoreError('STORE_READ_ONLY', 'An observer does not write.')
        : queue.refusal(name)
      if (refused) throw refused
      slots.markDirty(name)
      slots.markUrgent(name)
      const state = connection.state()
      const blocked = connection.error()
      if (blocked && (state === 'locked' || (state === 'degraded' && !retry))) throw blocked
      if (state === 'detached')
        throw new StoreError('STORE_CLOSED', `Store ${store.name} is not attached; start() the pool first.`)
      const written = slots.wait(name, desired)
      // A running flush picks up urgent names between batches.
      if (state === 'attached') void (flushing ?? run(false))
      if (state === 'degraded') void connection.retryNow()
      return written
    },
    /** Fulfils once the store is closed, however long that takes. After that it may be opened again. */
    closed: connection.closed,
    /**
     * Flushes for at most `timeoutMs`, then closes the store. A store that fails is tried once, and again as long as
     * `isWanted` says so. Once `givenUp` fulfils, nothing more is written. Never rejects.
     */
    async detach(
      timeoutMs: number,
      isWanted: () => boolean = () => false,
      givenUp: Promise<void> = new Promise(() => undefined),
    ): Promise<void> {
      const until = clock.now() + timeoutMs
      await Promise.race([writeTheRest({ connection, slots, clock, flush, timeoutMs, isWanted }), givenUp])
      ended.abort(new StoreError('STORE_CLOSED', `Store ${store.name} was detached.`))
      await connection.detach(Math.max(50, until - clock.now()))
      slots.rejectAll(new StoreError('STORE_CLOSED', `Store ${store.name} was detached.`))
    },
  }
  return replica
}

export type Replica = ReturnType<typeof createReplica>

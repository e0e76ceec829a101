import { randomUUID } from 'node:crypto'
import type { Clock, Logger, MetadataStore, StoreError } from '@sessionkeep/contracts'
import { createTimers, waitAtMost } from '@sessionkeep/contracts/internal'
import type { PoolIdentity } from '@sessionkeep/selection/internal'
import type { ReplicaState } from './connection.ts'
import type { DesiredRecord, SpareRecord } from './desired-record.ts'
import type { StoreKey } from './members.ts'
import { createMembers, type Member } from './members.ts'
import type { SessionsPort, Subject } from './ports.ts'
import { createReplica, type Replica } from './replica.ts'
import type { Slots } from './slots.ts'

/** The parameters of {@link createReplicaSet}. */
interface ReplicaSetOptions {
  readonly sessions: SessionsPort
  readonly pool: PoolIdentity
  readonly readOnly: boolean
  readonly logger: Logger
  readonly clock: Clock
  /** Times in ms, from the options of the pool. */
  readonly timing: {
    readonly flushIntervalMs: number
    readonly ackTimeoutMs: number
    readonly callTimeoutMs: number
    readonly maxRetryMs: number
    readonly lockRetryMs: number
  }
}

/** The callbacks of a replica that depend on who adds it; see `ReplicaOptions`. */
export interface ReplicaHooks {
  readonly join: (replica: Replica) => Promise<void>
  readonly onState: (replica: Replica, state: ReplicaState, error: StoreError | undefined) => void
  readonly onNameFailed: (replica: Replica, name: string, error: StoreError) => void
}

/** A store that was detached before it had answered for every session. */
interface DetachedStore {
  readonly slots: Slots
  /** Whether all of it was read, by this replica or a later one, while the host could list its sessions. */
  isRead: boolean
}

/** Makes the set of stores behind the pool, and keeps each up to date with memory. */
export function createReplicaSet({ sessions, pool, readOnly, logger, clock, timing }: ReplicaSetOptions) {
  const { become, labelFor, ...views } = createMembers()
  const { members } = views
  const probeName = `sessionkeep-probe-${randomUUID()}`
  /** The stores that take part, and those that were detached but are not closed yet. */
  const open = new Set<Replica>()
  /** The detached stores that may have unread records of living sessions. */
  const detached = new Map<StoreKey, DetachedStore>()
  const timers = createTimers(clock)

  /** The stores in `detached` that have not become active again. */
  const unreadStores = (): DetachedStore[] =>
    [...detached].flatMap(([key, store]) =>
      members().some((member) => member.key === key && !member.isCandidate) ? [] : [store],
    )

  const warnWithoutId = ({ label, identity }: Replica): void => {
    const who =
      identity.namespace === undefined
        ? 'another pool without one writes the same records'
        : 'its records are kept for the sessions of this machine alone'
    logger.warn(
      { store: label, code: 'STORE_SHARED_WITHOUT_POOL_ID', namespace: identity.namespace },
      `Other machines may use this store and the pool has no poolId: ${who} - set poolId or SESSIONKEEP_POOL_ID`,
    )
  }

  /** Marks every changed session dirty in each store. */
  const distribute = (): void => {
    for (const { name, about, revision, since } of sessions.takeChanged()) {
      for (const { replica } of members())
        if (replica.slots.ackedRevision(name, about) !== revision) replica.mark(name, since)
    }
  }

  /** Writes all dirty names to every store. */
  const flush = (): Promise<unknown> => {
    distribute()
    return Promise.all(members().map(({ replica }) => replica.flush()))
  }

  const isOwedByAny = (name: string, tombstone: object): boolean =>
    [...open].some((replica) => replica.slots.owed(name, tombstone))

  /** Whether a store owes a tombstone, and may have a record that does not say that the session was ended. */
  const isUntold = ({ slots }: Replica, name: string, tombstone: Subject): boolean => {
    const { toldFrom = Number.POSITIVE_INFINITY } = tombstone
    return slots.owed(name, tombstone) !== undefined && (slots.ackedRevision(name, tombstone) ?? -1) < toldFrom
  }
  /** The same for any record of the session that this store may have, under this or a former name. */
  const mayRevive = (replica: Replica, tombstone: Subject): boolean =>
    sessions
      .tombstonesLike(tombstone)
      .some(({ name, about }) => !replica.refusal(name) && isUntold(replica, name, about))

  /**
   * Whether this store keeps the record of a deleted session, because another store does not have the deletion yet. A store that
   * owes no tombstone does not, since nothing would remove the record later.
   */
  const mustRemember = (replica: Replica, tombstone: Subject): boolean =>
    !replica.liveOnly &&
    sessions
      .tombstonesLike(tombstone)
      .some(({ name, about }) => about === tombstone && !replica.refusal(name) && replica.slots.owed(name, about)) &&
    [...open].some((other) => other !== replica && !other.liveOnly && mayRevive(other, tombstone))

  /** Lets the stores that still owe a tombstone of this session look again: what they may do depends on what the others have acknowledged. */
  const markOthers = (replica: Replica, tombstone: Subject): void => {
    for (const { name, about } of sessions.tombstonesLike(tombstone))
      for (const other of open) if (other !== replica && other.slots.owed(name, about)) other.mark(name)
  }

  /** Notes that a store has acknowledged a tombstone or does not need it. */
  const settle = (replica: Replica, name: string, tombstone: Subject): void => {
    if (!replica.slots.owed(name, tombstone)) return
    replica.slots.settleOwed(name)
    markOthers(replica, tombstone)
    if (!isOwedByAny(name, tombstone)) sessions.settled(name, tombstone)
  }

  const onSpare = (replica: Replica, spare: SpareRecord): void => {
    replica.slots.owe(spare.name, sessions.noteSpare(spare), false)
    replica.mark(spare.name)
  }

  const onWritten = (replica: Replica, name: string, written: DesiredRecord): void => {
    const { about, revision, record, isInterim } = written
    const subject = sessions.subject(name)
    // If they differ, the write was of an earlier session of that name.
    const isOfEarlier = subject !== about
    if (!isOfEarlier) replica.slots.noteWritten(name, written)
    replica.slots.setLeft(name, isOfEarlier && record ? { about, revision } : undefined)
    if (!subject || isOfEarlier) return
    if (isInterim) markOthers(replica, subject)
    else if (revision >= subject.revision) settle(replica, name, subject)
  }

  /** Called when a store is closed: tombstones no longer wait for it. */
  const noteClosed = (replica: Replica): void => {
    open.delete(replica)
    for (const [name, { owed }] of replica.slots.all()) {
      const subject = sessions.subject(name)
      if (!owed || owed.about !== subject) continue
      markOthers(replica, subject)
      if (!isOwedByAny(name, subject)) sessions.settled(name, subject)
    }
  }

  return {
    ...views,
    /** Makes a store take part; it is not opened. */
    add(store: MetadataStore, hooks: ReplicaHooks, as: Omit<Member, 'replica'>): Member {
      const replica: Replica = createReplica({
        store,
        label: labelFor(store.name),
        pool,
        readOnly,
        logger,
        clock,
        probe: as.isCandidate ? probeName : undefined,
        timing: {
          callTimeoutMs: timing.callTimeoutMs,
          backoff: { minMs: Math.min(200, timing.maxRetryMs), maxMs: timing.maxRetryMs },
          lockRetryMs: timing.lockRetryMs,
        },
        desiredRecord: (name) => sessions.desiredRecord(name, replica, (tombstone) => mustRemember(replica, tombstone)),
        isKnown: (name) => sessions.subject(name) !== undefined,
        onSpare,
        onWritten,
        ...hooks,
      })
      const member = { ...as, replica }
      if (replica.identity.isSharedWithoutId) warnWithoutId(replica)
      open.add(replica)
      become([...members(), member])
      return member
    },
    /** Keeps these members, in this order, and returns the others, which may still be drained. */
    retain(remaining: readonly Member[]): Member[] {
      distribute()
      return become(remaining)
    },
    /**
     * Called on detach. Sessions that this store never answered for stay unverified. `isRead` says whether all of the store was
     * read while the host could list its sessions.
     */
    noteDetached({ slots }: Replica, key: StoreKey, isRead: boolean): void {
      if (isRead && sessions.living().every(({ name, about }) => slots.isRead(name, about))) detached.delete(key)
      else detached.set(key, { slots, isRead })
    },
    noteClosed,
    /** Detaches and closes every store. */
    async clear(): Promise<void> {
      const gone = become([])
      await Promise.all(gone.map(({ replica }) => replica.detach(timing.callTimeoutMs)))
      for (const { replica } of gone) noteClosed(replica)
    },

    /** Marks each living session dirty in a store that has not acknowledged its newest revision. */
    markAll(replica: Replica): void {
      for (const { name, about, revision } of sessions.living())
        if (replica.slots.ackedRevision(name, about) !== revision) replica.mark(name)
    },
    /** All living sessions. */
    living: sessions.living,
    /**
     * How many of the sessions in `then` still live, and are missing in a store or stored there in an older revision than in
     * `then`. Sessions that must not be written there are not counted.
     */
    countLacking(replica: Replica, then: ReturnType<SessionsPort['living']>): number {
      const names = new Map(sessions.living().map(({ name, about }) => [about, name]))
      return then.filter(({ about, revision }) => {
        const name = names.get(about)
        if (name === undefined || replica.refusal(name)) return false
        return (replica.slots.ackedRevision(name, about) ?? -1) < revision
      }).length
    },
    /** The workspace of a session name, for log lines. */
    describe: sessions.describe,
    distribute,
    flush,
    /** Flushes every `flushIntervalMs` until `stopFlushing()`. */
    startFlushing: (): void =>
      timers.repeat(
        async () => void flush(),
        () => timing.flushIntervalMs,
        () => undefined,
      ),
    stopFlushing: timers.stop,
    /** Writes a name to every store at once, and waits for the first attempt of each, for at most `ackTimeoutMs`. Never rejects. */
    async acknowledge(name: string): Promise<void> {
      sessions.noteUrgent(name)
      const attempts = members().flatMap(({ replica, isCandidate }) => {
        // A store that a switch is preparing gets the write too, but nobody waits for it until it is attached.
        if (!isCandidate || replica.state() === 'attached') return [replica.write(name, { retry: false })]
        replica.mark(name)
        return []
      })
      await waitAtMost(timing.ackTimeoutMs, Promise.allSettled(attempts), clock)
    },

    /**
     * Notes that a store has answered for a session: whether it has a record of its workspace under this name, and in which
     * revision; undefined if that is none of this run.
     */
    noteRead(replica: Replica, name: string, about: object, isStored: boolean, revision: number | undefined): void {
      replica.slots.noteRead(name, about)
      // A store that came back empty, or whose record somebody has changed, does not have what it has acknowledged.
      replica.slots.noteStored(name, about, isStored, revision)
      detached.get(views.keyOf(replica) ?? replica)?.slots.noteRead(name, about)
    },
    /** Notes that all of a store was read. */
    noteReadWhole(replica: Replica): void {
      const store = detached.get(views.keyOf(replica) ?? replica)
      if (store) store.isRead = true
    },
    /** Notes that a session was found. A detached store of which all was read has no record of it. */
    noteFound(name: string, about: object): void {
      for (const { slots, isRead } of detached.values()) if (isRead) slots.noteRead(name, about)
    },
    /** Notes in every store that a session has another name. */
    rename(about: object, from: string, to: string): void {
      for (const { slots } of [...open, ...detached.values()]) slots.rename(about, from, to)
    },
    /** Whether a store was detached before it had answered for a session. */
    isUnread: (name: string, about: object): boolean => unreadStores().some(({ slots }) => !slots.isRead(name, about)),
    /** Whether a store was detached before all of it was read, so that it may have records of sessions that are found later. */
    isAnyUnread: (): boolean => unreadStores().some(({ isRead }) => !isRead),

    /**
     * Notes that a tombstone is owed to these stores, by default to all that take part. If there are none, it is settled at once.
     * With `evenIfAbsent`, stores that have nothing under that name get its record too.
     */
    owe(name: string, tombstone: Subject, holders: readonly Replica[] = views.all(), evenIfAbsent = false): void {
      for (const replica of readOnly ? [] : holders) {
        replica.slots.owe(name, tombstone, evenIfAbsent)
        replica.mark(name)
      }
      if (!isOwedByAny(name, tombstone)) sessions.settled(name, tombstone)
    },
    settle,
    /** Whether every active store that retains records still has to acknowledge the tombstone of a name, so that a crash would lose it. */
    isOwedByAll(name: string): boolean {
      const tombstone = sessions.subject(name)
      const stores = views.retaining()
      return tombstone !== undefined && stores.length > 0 && stores.every((store) => isUntold(store, name, tombstone))
    },
  }
}

export type ReplicaSet = ReturnType<typeof createReplicaSet>

import { randomUUID } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { atMost } from '../base/timeout.ts'
import { createTimers } from '../base/timers.ts'
import type { Logger } from '../contracts/logger.ts'
import type { MetadataStore } from '../contracts/metadata-store.ts'
import type { StoreError } from '../errors/store-error.ts'
import type { ReplicaState } from './connection.ts'
import type { DesiredRecord } from './desired-record.ts'
import type { StoreKey } from './members.ts'
import { createMembers, type Member } from './members.ts'
import type { SessionsPort, Subject } from './ports.ts'
import { createReplica, type Replica } from './replica.ts'
import type { Slots } from './slots.ts'

export interface ReplicaSetOptions {
  readonly sessions: SessionsPort
  /** Whose records are not foreign. */
  readonly owner: string
  readonly namespace: string | undefined
  readonly readOnly: boolean
  readonly logger: Logger
  readonly clock: Clock
  /** All in ms. */
  readonly timing: {
    readonly flushIntervalMs: number
    readonly ackTimeoutMs: number
    readonly callTimeoutMs: number
    readonly maxRetryMs: number
    readonly lockRetryMs: number
  }
}

export interface ReplicaHooks {
  readonly join: (replica: Replica) => Promise<void>
  readonly onState: (replica: Replica, state: ReplicaState, error: StoreError | undefined) => void
  readonly onNameFailed: (replica: Replica, name: string, error: StoreError) => void
}

/** A store that was detached, and what it had answered for by then. */
interface LeftStore {
  readonly slots: Slots
  /** Whether it was read whole, then or by a later replica, while the host could say what lives. */
  isRead: boolean
}

/** The stores behind the pool, and what they are told of its memory. */
export function createReplicaSet({ sessions, owner, namespace, readOnly, logger, clock, timing }: ReplicaSetOptions) {
  const { become, labelFor, ...views } = createMembers()
  const { members } = views
  const probeName = `sessionkeep-probe-${randomUUID()}`
  /** Those that take part, and those that were detached and are not closed yet. */
  const open = new Set<Replica>()
  /** Stores that were detached before they had answered for everything that lived, and are not relied on again. */
  const left = new Map<StoreKey, LeftStore>()
  const timers = createTimers(clock)

  const leftStores = (): LeftStore[] =>
    [...left].flatMap(([key, store]) => (members().some((one) => one.key === key && !one.isCandidate) ? [] : [store]))

  /** Marks every changed session dirty in each store. */
  const distribute = (): void => {
    for (const { name, about, revision, since } of sessions.takeChanged()) {
      for (const { replica } of members())
        if (replica.slots.ackedRevision(name, about) !== revision) replica.mark(name, since)
    }
  }

  /** Writes everything dirty to every store. */
  const flush = (): Promise<unknown> => {
    distribute()
    return Promise.all(members().map(({ replica }) => replica.flush()))
  }

  const isOwedByAny = (name: string, tombstone: object): boolean =>
    [...open].some((replica) => replica.slots.owed(name, tombstone))

  /** A store has acknowledged a tombstone, or has nothing to do with it. */
  const settle = (replica: Replica, name: string, tombstone: Subject): void => {
    if (!replica.slots.owed(name, tombstone)) return
    replica.slots.settleOwed(name)
    if (!isOwedByAny(name, tombstone)) sessions.settled(name, tombstone)
  }

  const onWritten = (replica: Replica, name: string, { about, revision }: DesiredRecord): void => {
    const subject = sessions.subject(name)
    // Else it was a record of an earlier session of that name.
    if (!subject || subject !== about) return
    replica.slots.noteWritten(name, about, revision)
    if (revision >= subject.revision) settle(replica, name, subject)
  }

  /** A store is closed: it is not waited for any more. */
  const forget = (replica: Replica): void => {
    open.delete(replica)
    for (const [name, { owed }] of replica.slots.all()) {
      const subject = sessions.subject(name)
      if (owed && owed.about === subject && !isOwedByAny(name, subject)) sessions.settled(name, subject)
    }
  }

  return {
    ...views,
    add(store: MetadataStore, hooks: ReplicaHooks, as: Omit<Member, 'replica'>): Member {
      const replica: Replica = createReplica({
        store,
        label: labelFor(store.name),
        namespace,
        owner,
        readOnly,
        logger,
        clock,
        probe: as.isCandidate ? probeName : undefined,
        timing: {
          callTimeoutMs: timing.callTimeoutMs,
          backoff: { minMs: Math.min(200, timing.maxRetryMs), maxMs: timing.maxRetryMs },
          lockRetryMs: timing.lockRetryMs,
        },
        desiredRecord: (name) => sessions.desiredRecord(name, replica),
        isKnown: (name) => sessions.subject(name) !== undefined,
        onWritten,
        ...hooks,
      })
      const member = { ...as, replica }
      open.add(replica)
      become([...members(), member])
      return member
    },
    /** Those of `kept`, in that order, stay; gives those that no longer take part. What they still lack may be written on. */
    retain(kept: readonly Member[]): Member[] {
      distribute()
      return become(kept)
    },
    /** Called on detach; `isRead`: it was read whole while the host could say what lives. Sessions that it never answered for stay unverified. */
    leave({ slots }: Replica, key: StoreKey, isRead: boolean): void {
      if (isRead && sessions.living().every(({ name, about }) => slots.isRead(name, about))) left.delete(key)
      else left.set(key, { slots, isRead })
    },
    forget,
    /** Detaches every store, as if none had been added. */
    async clear(): Promise<void> {
      const gone = become([])
      await Promise.all(gone.map(({ replica }) => replica.detach(timing.callTimeoutMs)))
      for (const { replica } of gone) forget(replica)
    },

    /** Marks what lives dirty in a store, as far as it has not acknowledged it. */
    markAll(replica: Replica): void {
      for (const { name, about, revision } of sessions.living())
        if (replica.slots.ackedRevision(name, about) !== revision) replica.mark(name)
    },
    living: sessions.living,
    /** How many of these sessions live on and are not in a store as they were then; what may not be written there is left out. */
    countLacking(replica: Replica, then: ReturnType<SessionsPort['living']>): number {
      const names = new Map(sessions.living().map(({ name, about }) => [about, name]))
      return then.filter(({ about, revision }) => {
        const name = names.get(about)
        if (name === undefined || replica.refusal(name)) return false
        return (replica.slots.ackedRevision(name, about) ?? -1) < revision
      }).length
    },
    describe: sessions.describe,
    distribute,
    flush,
    startFlushing: (): void =>
      timers.repeat(
        async () => void flush(),
        () => timing.flushIntervalMs,
        () => undefined,
      ),
    stopFlushing: timers.stop,
    /** Writes a name at once, and waits for the first attempt of every store, at most `ackTimeoutMs`. Never rejects. */
    async acknowledge(name: string): Promise<void> {
      sessions.noteUrgent(name)
      const attempts = members().flatMap(({ replica, isCandidate }) => {
        // Nobody waits for a store that is only being prepared; it is told all the same.
        if (!isCandidate || replica.state() === 'attached') return [replica.write(name, { retry: false })]
        replica.mark(name)
        return []
      })
      await atMost(timing.ackTimeoutMs, Promise.allSettled(attempts), clock)
    },

    /** From now on a store counts as having said what it has of a session. `revision`: it has all of that already. */
    noteRead(replica: Replica, name: string, about: object, revision?: number): void {
      replica.slots.noteRead(name, about, revision)
      left.get(views.keyOf(replica) ?? replica)?.slots.noteRead(name, about)
    },
    /** A store was read whole. */
    noteReadWhole(replica: Replica): void {
      const store = left.get(views.keyOf(replica) ?? replica)
      if (store) store.isRead = true
    },
    /** A session was found: of stores that were read whole before they left, it is known that they have nothing of it. */
    noteFound(name: string, about: object): void {
      for (const { slots, isRead } of left.values()) if (isRead) slots.noteRead(name, about)
    },
    rename(about: object, from: string, to: string): void {
      for (const { slots } of [...open, ...left.values()]) slots.rename(about, from, to)
    },
    /** Whether a store was detached before it had said what it has of a session. */
    isUnread: (name: string, about: object): boolean => leftStores().some(({ slots }) => !slots.isRead(name, about)),
    /** Whether a store was detached before it was read whole: it may know sessions that are found from now on. */
    isAnyUnread: (): boolean => leftStores().some(({ isRead }) => !isRead),

    /**
     * Has a tombstone written in these stores, by default in all; it is settled at once where there is none. `evenIfAbsent`:
     * also in those that have nothing under that name.
     */
    owe(name: string, tombstone: Subject, holders: readonly Replica[] = views.all(), evenIfAbsent = false): void {
      for (const replica of readOnly ? [] : holders) {
        replica.slots.owe(name, tombstone, evenIfAbsent)
        replica.mark(name)
      }
      if (!isOwedByAny(name, tombstone)) sessions.settled(name, tombstone)
    },
    settle,
  }
}

export type ReplicaSet = ReturnType<typeof createReplicaSet>

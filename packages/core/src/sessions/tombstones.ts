import type { StoredRecord } from '../record/parse-record.ts'
import type { Entry } from './session.ts'

/** What is still to be said to stores of a session that has left memory. */
export interface Departure {
  /** The incarnation that it speaks of; undefined: whatever has the name. */
  readonly incarnation: string | undefined
  /** The session as it left memory; absent for one that this run never had. */
  readonly entry: Entry | undefined
  /** What stays: null for a deleted session, its last record for one that ended by itself. */
  readonly record: StoredRecord | null
  readonly revision: number
  /** The session that had this name before: its record is to be safe under its present name first. */
  readonly after?: Entry | undefined
  /** Stores that are to get its last record though they have none under this name. */
  readonly owed?: ReadonlySet<object> | undefined
  /** The stores that have not acknowledged it. */
  readonly pending: Set<object>
}

/** So many deletions are remembered for stores that have not heard of them or were let go. A record of an older one is an orphan, and expires. */
const MOST_UNTOLD = 10_000

/** Bounded by the deletes that some store has not acknowledged. */
export function createDepartures() {
  const byName = new Map<string, Departure>()
  /**
   * The incarnations that were deleted, and the stores that may still have a record of them. A departure is forgotten
   * when its name is used again; that its session was deleted is not.
   */
  const deleted = new Map<string, Set<object>>()
  /** Deleted incarnations of which a store that was let go may still have a record, the oldest first. */
  const untold = new Set<string>()
  let isAnyAway = false

  const forget = (incarnation: string, store: object): void => {
    const pending = deleted.get(incarnation)
    pending?.delete(store)
    if (pending?.size === 0) deleted.delete(incarnation)
  }
  const remember = (incarnation: string): void => {
    untold.add(incarnation)
    const [oldest] = untold
    if (untold.size > MOST_UNTOLD && oldest !== undefined) untold.delete(oldest)
  }
  const settle = (sessionName: string, store: object): void => {
    const departure = byName.get(sessionName)
    departure?.pending.delete(store)
    if (departure?.pending.size === 0) byName.delete(sessionName)
  }

  return {
    get: (sessionName: string): Departure | undefined => byName.get(sessionName),
    /** The last record of a session that ended by itself, while some store has not got it. */
    lastOf(incarnation: string | undefined): StoredRecord | undefined {
      return this.lastNameOf(incarnation)?.[1].record ?? undefined
    },
    /** Such a departure, with the name that its session had at the end. */
    lastNameOf(incarnation: string | undefined): [string, Departure] | undefined {
      if (incarnation === undefined) return undefined
      return [...byName].find(([, departure]) => departure.incarnation === incarnation && departure.record)
    },
    names: (): string[] => [...byName.keys()],
    set(sessionName: string, departure: Departure): void {
      const { incarnation, record, entry, pending } = departure
      if (pending.size > 0) byName.set(sessionName, departure)
      else byName.delete(sessionName)
      if (!entry || record || incarnation === undefined) return
      if (pending.size > 0) deleted.set(incarnation, new Set(pending))
      const [oldest] = deleted.keys()
      if (deleted.size > MOST_UNTOLD && oldest !== undefined) deleted.delete(oldest)
      if (isAnyAway) remember(incarnation)
    },
    drop: (sessionName: string): boolean => byName.delete(sessionName),
    /** A store has nothing to do with it. */
    settle,
    /** A store was let go: nothing more is to be said to it. */
    forgetStore(store: object): void {
      for (const sessionName of [...byName.keys()]) settle(sessionName, store)
      for (const [incarnation, pending] of [...deleted]) {
        if (pending.has(store)) remember(incarnation)
        forget(incarnation, store)
      }
    },
    /** A store was let go that may come back: from now on it does not hear of deletions. */
    storeLeft(): void {
      isAnyAway = true
    },
    /** A store has done it. */
    acknowledged(sessionName: string, store: object): void {
      const { incarnation, record } = byName.get(sessionName) ?? {}
      if (incarnation !== undefined && !record) forget(incarnation, store)
      settle(sessionName, store)
    },
    /** Whether the session of that incarnation was deleted, and some store may still have a record of it under some name. */
    isDeleted: (incarnation: string | undefined): boolean =>
      incarnation !== undefined && (deleted.has(incarnation) || untold.has(incarnation)),
    /** A store has said everything that it has; of the deleted ones it still has those of `present`. */
    keepDeleted(store: object, present: ReadonlySet<string | undefined>): void {
      for (const incarnation of [...deleted.keys()]) if (!present.has(incarnation)) forget(incarnation, store)
    },
  }
}

export type Departures = ReturnType<typeof createDepartures>

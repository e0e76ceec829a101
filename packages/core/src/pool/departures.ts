import type { StoredRecord } from '../record/parse-record.ts'
import type { Entry } from './entry.ts'

/** What is still to be said to stores of a session that has left memory. */
export interface Departure {
  /** The incarnation that it speaks of; undefined: whatever has the name. */
  readonly incarnation: string | undefined
  /** The session as it left memory; absent for one that this run never had. */
  readonly entry: Entry | undefined
  /** What stays: null for a deleted session, its last record for one that ended by itself. */
  readonly record: StoredRecord | null
  readonly revision: number
  /** The stores that have not acknowledged it. */
  readonly pending: Set<object>
}

/** Bounded by the deletes that some store has not acknowledged. */
export function createDepartures() {
  const byName = new Map<string, Departure>()
  return {
    get: (sessionName: string): Departure | undefined => byName.get(sessionName),
    /** Whether the session of that incarnation was deleted, under whatever name, and some store does not know it yet. */
    isDeleted(incarnation: string | undefined): boolean {
      if (incarnation === undefined) return false
      return [...byName.values()].some(
        (departure) => departure.incarnation === incarnation && departure.entry && !departure.record,
      )
    },
    names: (): string[] => [...byName.keys()],
    set(sessionName: string, departure: Departure): void {
      if (departure.pending.size > 0) byName.set(sessionName, departure)
      else byName.delete(sessionName)
    },
    drop: (sessionName: string): boolean => byName.delete(sessionName),
    /** A store has acknowledged it, or has nothing to do with it. */
    settle(sessionName: string, store: object): void {
      const departure = byName.get(sessionName)
      departure?.pending.delete(store)
      if (departure?.pending.size === 0) byName.delete(sessionName)
    },
    size: (): number => byName.size,
  }
}

export type Departures = ReturnType<typeof createDepartures>

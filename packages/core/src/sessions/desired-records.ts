import { serializeRecord } from '../record/parse-record.ts'
import type { Decision } from '../replication/desired-record.ts'
import type { Replica } from '../replication/replica.ts'
import type { StoreKey } from '../replication/store-key.ts'
import { snapshot } from './project.ts'
import type { Memory } from './session-table.ts'
import type { Departure, Departures } from './tombstones.ts'

/** What a store should hold under a name, as memory has it now, and what memory notes of what became of that. */
export function createDecisions(memory: Memory, departures: Departures, key: string) {
  const unheard = new Set<StoreKey>()

  /** Whether what a former name had stands under the present one; true where there is no present one. */
  const isSafeElsewhere = ({ after }: Departure, replica: Replica): boolean => {
    if (!after) return true
    if (memory.has(after)) return after.saved.has(replica)
    const last = departures.get(after.session.sessionName)
    return !(last?.record && last.pending.has(replica))
  }

  return {
    /** The live session's record, else what is left to say of one that left. */
    decide(name: string, replica: Replica): Decision | undefined {
      const entry = memory.named(name)
      if (entry) {
        entry.claimed = true
        const when = entry.outcome === 'created' ? 'now' : entry.answeredBy.has(replica) ? 'answered' : 'later'
        const record = serializeRecord(snapshot(entry, key))
        return { about: entry, revision: entry.revision, record, when }
      }
      const departure = departures.get(name)
      if (!departure) return undefined
      const record = departure.record && serializeRecord(departure.record)
      const when = isSafeElsewhere(departure, replica) ? 'answered' : 'later'
      return { about: departure, revision: departure.revision, record, when }
    },

    onWritten(replica: Replica, name: string, { about, revision }: Decision): void {
      if (about === departures.get(name)) departures.acknowledged(name, replica)
      const entry = memory.named(name)
      // What was written was of an earlier session of that name.
      if (!entry || about !== entry) return
      entry.saved.set(replica, revision)
      entry.answeredBy.add(replica)
      entry.writtenTo.add(replica)
    },

    /**
     * A store takes part no more: what it has not answered for it may know more of; where it was never heard about what
     * lives, also of sessions that are found later.
     */
    leave(replica: Replica, key: StoreKey, isHeard: boolean): void {
      departures.storeLeft()
      if (!isHeard) unheard.add(key)
      for (const entry of memory.all())
        if (entry.outcome !== 'created' && !entry.answeredBy.has(replica)) entry.unheard.add(key)
    },
    /** It takes part again, and has said all that it has. */
    heard: (key: StoreKey): boolean => unheard.delete(key),
    /** Stores that were let go before they were heard, by their keys. */
    unheard: (): ReadonlySet<StoreKey> => unheard,
    /** It is closed: nothing in memory speaks of it any more. */
    forget(replica: Replica): void {
      for (const entry of memory.all()) {
        entry.answeredBy.delete(replica)
        entry.saved.delete(replica)
        entry.writtenTo.delete(replica)
      }
      departures.forgetStore(replica)
    },
  }
}

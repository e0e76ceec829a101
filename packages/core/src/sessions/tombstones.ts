import type { Clock } from '../base/clock.ts'
import type { StoredRecord } from '../record/parse-record.ts'
import type { Replica } from '../replication/replica.ts'
import type { ReplicaSet } from '../replication/replicas.ts'
import type { AttributeCheck } from './attributes.ts'
import { mergeStored } from './merge-stored.ts'
import { derive } from './project.ts'
import { createSession, leavesRecord, type Session } from './session.ts'
import type { SessionTable } from './session-table.ts'

/** A record without a living session, and what is to become of it. */
export interface Leftover {
  readonly record: StoredRecord
  /** `orphan`: it stays until it expires. `deleted`: it goes. `moved`: it goes once its successor is safe under its own name. */
  readonly phase: 'orphan' | 'deleted' | 'moved'
  /** The stores that have it. */
  readonly holders: readonly Replica[]
  readonly expiresAt?: number | undefined
  readonly successor?: Session | undefined
  /** Whether also those holders are to get it that have nothing under its name. */
  readonly evenIfAbsent?: boolean | undefined
}

/** What is still to be told to stores of sessions that do not live, or not under that name. */
export function createTombstones(table: SessionTable, replicas: ReplicaSet, check: AttributeCheck, clock: Clock) {
  /** Whether a stored record is of the session that ended, or of an earlier one of that name that was deleted as well. */
  const isOf = (tombstone: Session, stored: StoredRecord): boolean => {
    if (!leavesRecord(tombstone) && table.isDeleted(stored.incarnation)) return true
    const { incarnation } = tombstone.hosted
    return !stored.incarnation || !incarnation || stored.incarnation === incarnation
  }

  return {
    isOf,

    /** Has stores told of an ended session by its own entry. */
    buryEnded(session: Session): void {
      const { sessionName } = session.hosted
      table.bury(session)
      replicas.owe(sessionName, session)
    },
    /** Has the stores that hold a record without a session told what becomes of it. */
    buryLeftover({ record, phase, holders, expiresAt, successor, evenIfAbsent }: Leftover): void {
      const { sessionName, incarnation, workspace } = record
      const tombstone = createSession({
        workspace,
        hosted: { sessionName, incarnation },
        phase,
        life: table.run,
        past: record,
        proven: !record.adopted,
        claimed: true,
        revision: record.revision + 1,
        seenAliveAt: clock.now(),
        expiresAt,
        successor,
      })
      tombstone.derived = derive(tombstone, check, clock.date())
      table.bury(tombstone)
      replicas.owe(sessionName, tombstone, holders, evenIfAbsent)
    },
    /** The record under a former name is to go, in each store after the one under the present name is safe there. */
    buryFormerName(session: Session, former: string): void {
      if (former === session.hosted.sessionName || table.named(former)) return
      if (table.tombstone(former)?.successor === session) return
      table.change(session)
      const tombstone = createSession({
        workspace: session.workspace,
        hosted: { sessionName: former, incarnation: session.hosted.incarnation },
        phase: 'moved',
        life: session.life,
        revision: session.revision,
        seenAliveAt: session.seenAliveAt,
        successor: session,
      })
      table.bury(tombstone)
      replicas.owe(former, tombstone)
    },

    /** The last record of a session is joined with what a store knew of it, when that is read only after its end. */
    mergeLate(tombstone: Session, stored: StoredRecord): void {
      if (!leavesRecord(tombstone) || stored.run === tombstone.run || !isOf(tombstone, stored)) return
      const { sessionName } = tombstone.hosted
      const expiresAt = stored.expiresAt ?? tombstone.expiresAt
      const isNew = mergeStored(tombstone, stored, check, clock.date())
      if (!isNew && expiresAt === tombstone.expiresAt) return
      // What is being written now is no longer what is to be said.
      if (!isNew) tombstone.revision += 1
      tombstone.expiresAt = expiresAt
      for (const replica of replicas.all()) if (replica.slots.owed(sessionName, tombstone)) replica.mark(sessionName)
    },
    /** Whether a store that has nothing is to get the last record: not where it had one that this run did not write, and somebody removed it. */
    isOwedIfAbsent(tombstone: Session, { slots }: Replica): boolean {
      const { phase, outcome, hosted } = tombstone
      if (slots.owed(hosted.sessionName, tombstone)?.evenIfAbsent) return true
      return phase === 'ended' && (outcome === 'created' || slots.isWritten(hosted.sessionName, tombstone))
    },
  }
}

export type Tombstones = ReturnType<typeof createTombstones>

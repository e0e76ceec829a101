import type { Clock, Ended, ResumeTries, StoredRecord } from '@sessionkeep/contracts'
import { type AttributeCheck, joinPast } from '@sessionkeep/contracts/internal'
import type { Replica, ReplicaSet } from '@sessionkeep/replication'
import { mergeStored } from './merge-stored.ts'
import { derive } from './project.ts'
import { createSession, leavesRecord, movedTombstone, type Session } from './session.ts'
import type { SessionTable } from './session-table.ts'

/** A stored record without a living session, and what is to happen to it. */
export interface UnusedRecord {
  readonly record: StoredRecord
  /** `orphan`: it stays until it expires. `deleted`: it is deleted. `moved`: it is deleted once `successor` is acknowledged under its own name. */
  readonly phase: 'orphan' | 'deleted' | 'moved'
  /** The stores that have the record. */
  readonly holders: readonly Replica[]
  readonly expiresAt?: number | undefined
  /** How the session ended. @defaultValue as the record says */
  readonly ended?: Ended | undefined
  /** The attempts to resume it. @defaultValue those of the record */
  readonly tries?: ResumeTries | undefined
  readonly successor?: Session | undefined
  /** The first revision whose record says that the pool ended the session. @defaultValue none: the record is deleted without saying so first */
  readonly toldFrom?: number | undefined
  /** Whether a holder also gets the record if it has nothing under this name. */
  readonly evenIfAbsent?: boolean | undefined
}

/** The tombstones: endings and renames that some store has not acknowledged yet. */
export function createTombstones(table: SessionTable, replicas: ReplicaSet, check: AttributeCheck, clock: Clock) {
  /** Whether a stored record belongs to the session that ended, or to an earlier session of that name that was deleted too. */
  const isOf = (tombstone: Session, stored: StoredRecord): boolean => {
    if (!leavesRecord(tombstone) && table.isDeleted(stored.incarnation)) return true
    const { incarnation } = tombstone.hosted
    return !stored.incarnation || !incarnation || stored.incarnation === incarnation
  }

  /** Makes a tombstone for a record without a session; the stores that hold the record have to acknowledge it. */
  const addForRecord = (unused: UnusedRecord): Session => {
    const { record, phase, holders, expiresAt, ended, tries, successor, toldFrom, evenIfAbsent } = unused
    const { sessionName, incarnation, workspace } = record
    const tombstone = createSession({
      workspace,
      hosted: { sessionName, incarnation },
      phase,
      life: table.run,
      past: record,
      proven: !record.takenIn,
      claimed: true,
      revision: successor?.revision ?? record.revision + 1,
      seenAliveAt: clock.now(),
      expiresAt,
      ended,
      tries,
      successor,
      toldFrom,
    })
    tombstone.derived = derive(tombstone, check, clock.date())
    table.addTombstone(tombstone)
    replicas.owe(sessionName, tombstone, holders, evenIfAbsent)
    return tombstone
  }

  return {
    isOf,
    addForRecord,
    /**
     * Makes a tombstone for the record of an ended session that had another name when it ended, and that is now a part of the past
     * of this session. Without the tombstone, the ended session would look lost once this one is deleted.
     */
    addForFormerSession(session: Session, record: StoredRecord): void {
      if (table.named(record.sessionName)) return
      addForRecord({ record, phase: 'moved', holders: replicas.all(), successor: session })
    },
    /** Whether a stored record belongs to an earlier session of that name, so that the last record may replace it. */
    isAfter(tombstone: Session, { incarnation }: StoredRecord): boolean {
      if (!leavesRecord(tombstone) || incarnation === undefined || incarnation === tombstone.hosted.incarnation)
        return false
      const earlier = joinPast(tombstone.earlier, tombstone.past?.past)
      return table.isDeleted(incarnation) || earlier.some((past) => past.incarnation === incarnation)
    },

    /** Turns an ended session into a tombstone that every store has to acknowledge. */
    addForEnded(session: Session): void {
      const { sessionName } = session.hosted
      table.addTombstone(session)
      replicas.owe(sessionName, session)
      // A store that has the record only under a former name has nothing under the last one, and still needs the last record, or the deletion.
      const moved = [...table.tombstonesLike(session)].filter(({ successor }) => successor === session)
      const isBehind = ({ slots }: Replica) => moved.some((one) => slots.owed(one.hosted.sessionName, one))
      replicas.owe(sessionName, session, replicas.all().filter(isBehind), true)
    },
    /** Makes a tombstone for the former name of a renamed session. Each store deletes that record after it has acknowledged the new one. */
    addForFormerName(session: Session, former: string): void {
      if (former === session.hosted.sessionName || table.named(former)) return
      const known = table.tombstone(former)
      // The last record of a session that ended under this name replaces the former record.
      if (known?.successor === session || known?.phase === 'ended') return
      table.change(session)
      const tombstone = movedTombstone(session, former)
      table.addTombstone(tombstone)
      replicas.owe(former, tombstone)
    },

    /** Merges a stored record that was read only after the session ended into its last record. */
    mergeLate(tombstone: Session, stored: StoredRecord): void {
      if (!leavesRecord(tombstone) || stored.run === tombstone.run || !isOf(tombstone, stored)) return
      const { sessionName } = tombstone.hosted
      const expiresAt = stored.expiresAt ?? tombstone.expiresAt
      const isNew = mergeStored(tombstone, stored, check, clock.date())
      if (!isNew && expiresAt === tombstone.expiresAt) return
      // A write that is running carries the old expiry, so a newer revision is needed.
      if (!isNew) tombstone.revision += 1
      tombstone.expiresAt = expiresAt
      for (const replica of replicas.all()) if (replica.slots.owed(sessionName, tombstone)) replica.mark(sessionName)
    },
    /** Whether a store that has no record gets the last one. It does not when it once had a record that this run did not write, because somebody has removed that. */
    isOwedIfAbsent(tombstone: Session, { slots }: Replica): boolean {
      const { phase, outcome, hosted } = tombstone
      if (slots.owed(hosted.sessionName, tombstone)?.evenIfAbsent) return true
      return phase === 'ended' && (outcome === 'created' || slots.isWritten(hosted.sessionName, tombstone))
    },
  }
}

export type Tombstones = ReturnType<typeof createTombstones>

import {
  type Clock,
  type Ended,
  join,
  type ResumeTries,
  type SessionNameCodec,
  type StoredRecord,
} from '@sessionkeep/contracts'
import { forEachYielding, isSpareName } from '@sessionkeep/contracts/internal'
import type { Replica, ReplicaSet } from '@sessionkeep/replication'
import { beyond, endedOf, isDeliberate, settled, startOf } from '@sessionkeep/resume'
import { project } from '../sessions/project.ts'
import { leavesRecord } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Orphan } from './reconcile-types.ts'
import { type SameSession, severalNames } from './same-session.ts'
import type { SurroundingsOf } from './surroundings.ts'

/** The copies of an orphan in all stores, joined. If one of them says that the pool has ended the session, so does the result, whatever its revision. */
export function joinedRecord({ copies }: Orphan): StoredRecord {
  const joined = copies.reduce(join)
  if (copies.length === 1) return joined
  const { ended, expiresAt } = copies.find((copy) => copy.expiresAt && isDeliberate(copy.ended?.cause)) ?? {}
  return ended && expiresAt ? { ...joined, ended, expiresAt } : joined
}

/** How long the cause of an end may still change that may have been a part of a shutdown, ms. */
export const SHUTDOWN_GRACE_MS = 60_000

/** The settings of {@link createOrphans}. */
interface OrphanOptions {
  /** How long an orphan stays, ms. */
  readonly ttlMs: number
  /** The most orphans that stay. */
  readonly most: number
  /** Whether the record of a session that was ended for its silence stays. */
  readonly keepsIdle: boolean
  /** Aborted when the pool has stopped. Ends that were not noted by then are left to the next pool. */
  readonly signal: AbortSignal
}

/** Makes the part of discovery that handles records without a living session. They stay for `ttlMs` after they were first found. */
export function createOrphans(
  { table, tombstones, ended, pool, emitEnded, addEarlier }: Sessions,
  replicas: ReplicaSet,
  codec: SessionNameCodec,
  clock: Clock,
  { ttlMs, most, keepsIdle, signal }: OrphanOptions,
) {
  /** When an orphan expires. Counted from the last activity if that is later than now: the clock of a machine may start in the past. */
  const expiryOf = ({ expiresAt, lastActivityAt }: StoredRecord): number =>
    expiresAt ?? Math.max(clock.date(), lastActivityAt) + ttlMs

  const holdersOf = ({ stores }: Orphan): Replica[] => replicas.all().filter((replica) => stores.includes(replica))

  /** Whether memory has a session or tombstone of that name, or is creating one. */
  const isInMemory = (sessionName: string): boolean =>
    table.subject(sessionName) !== undefined || table.isCreating(sessionName)

  /**
   * Whether the session of a record was renamed by hand, to a name that no workspace of the pool has. A record under the name of
   * another workspace does not count: somebody may have forged it, to give its workspace a past.
   */
  const isRenamed = ({ sessionName, workspace, incarnation, pool: owner }: StoredRecord): boolean =>
    incarnation !== undefined &&
    owner === pool &&
    (isSpareName(sessionName) || codec.decode(sessionName) === undefined) &&
    codec.encode(workspace) !== undefined

  const removeRecord = (orphan: Orphan): void =>
    void tombstones.addForRecord({ record: joinedRecord(orphan), phase: 'deleted', holders: holdersOf(orphan) })
  const markDeleted = (orphan: Orphan): void => {
    ended.remove(joinedRecord(orphan))
    removeRecord(orphan)
  }

  /** Deletes the record of a session that must not come back from every store. One that is away may have it as living or as lost. */
  const markDeletedEverywhere = (orphan: Orphan): void => {
    const record = joinedRecord(orphan)
    const { ended: end, revision, expiresAt = clock.date() + ttlMs } = record
    const isTold = isUnwanted(record)
    // A pass that reads while the deletion is written may see only the copy of a store that was not told.
    table.noteDeleted(record.incarnation)
    ended.remove(record)
    // A store that was not asked now may have the record of a later session under this name.
    for (const replica of replicas.all())
      if (!orphan.stores.includes(replica)) replica.slots.setAnswer(record.sessionName, 'unasked')
    const tombstone = tombstones.addForRecord({
      ...{ record, phase: 'deleted', holders: replicas.all() },
      ...(isTold ? { toldFrom: revision } : { ended: { at: clock.date(), cause: 'deleted' }, toldFrom: revision + 1 }),
      ...(!(isTold && end?.cause === 'idle') && { expiresAt }),
    })
    // What these stores have already says that the session was ended.
    for (const replica of holdersOf(orphan)) {
      const copy = orphan.copies[orphan.stores.indexOf(replica)]
      if (copy && isUnwanted(copy)) replicas.noteRead(replica, record.sessionName, tombstone, true, revision)
    }
  }

  /** Whether the gateway wanted the session to end, and no record of it may stay. */
  const isUnwanted = ({ ended: end, expiresAt }: StoredRecord): boolean =>
    isDeliberate(end?.cause) || (end?.cause === 'idle' && expiresAt === undefined && !keepsIdle)

  /** What memory knows of the session of a record: it may have gone on and ended while no store was active. */
  const knownOf = ({ workspace, sessionName, incarnation }: StoredRecord): StoredRecord | undefined =>
    ended
      .records(workspace)
      .find((one) => one.incarnation === incarnation && (incarnation !== undefined || one.sessionName === sessionName))

  /** How the session of an orphan ended, as far as that is known now. The same object as in the record if nothing is new. */
  const endOf = (record: StoredRecord, surroundingsOf: SurroundingsOf, hasOthers: boolean): Ended => {
    const { incarnation, boot, status } = record
    const now = clock.date()
    const surroundings = surroundingsOf(incarnation)
    const seen = record.ended ?? knownOf(record)?.ended
    if (seen) return settled(seen, boot, surroundings, { now, graceMs: SHUTDOWN_GRACE_MS })
    const isActive = status === 'active'
    return endedOf({ how: undefined, isReplaced: false, boot, surroundings, hasOthers, isActive, now })
  }

  /** Gives these stores the tombstone too, if the record is of a deleted session whose tombstone is still being written. False if not. */
  const extendDeletion = (orphan: Orphan, { incarnation }: StoredRecord): boolean => {
    const tombstone = table.tombstone(orphan.sessionName)
    if (!tombstone || leavesRecord(tombstone) || incarnation === undefined) return false
    if (tombstone.hosted.incarnation !== incarnation) return false
    replicas.owe(orphan.sessionName, tombstone, holdersOf(orphan))
    return true
  }

  /**
   * Writes the end of a session to every store once its cause is certain. A store that is away would keep an uncertain end, which
   * a later pool could take for a part of a later shutdown. Returns false if nothing new is known of the end.
   */
  const passOnSettledEnd = (orphan: Orphan, record: StoredRecord, surroundingsOf: SurroundingsOf): boolean => {
    const last = table.tombstone(orphan.sessionName)
    if (!last || !leavesRecord(last) || last.hosted.incarnation !== record.incarnation || !record.ended) return false
    const end = endOf(record, surroundingsOf, false)
    if (end === record.ended) return false
    last.ended = end
    last.revision += 1
    replicas.owe(orphan.sessionName, last)
    return true
  }

  /**
   * Replaces the record by the last one of its session, if the session was renamed and then ended, so that its last record is
   * under the later name. False if it was not.
   */
  const replaceFormerName = (orphan: Orphan, record: StoredRecord): boolean => {
    const last = table.orphanOf(record.incarnation)
    if (last?.phase !== 'ended' || last.hosted.sessionName === orphan.sessionName) return false
    tombstones.mergeLate(last, record)
    // These stores have the record only under this name, so that nothing under the last one does not mean that somebody removed it.
    replicas.owe(last.hosted.sessionName, last, holdersOf(orphan), true)
    tombstones.addForRecord({ record, phase: 'moved', holders: holdersOf(orphan), successor: last })
    return true
  }

  /**
   * Unites the records of one session under several names. First the joined record is written under the last name, to each store
   * that has any of them; once that is acknowledged, the others are removed. False if the orphan must be handled like any
   * other: it is the joined record itself, or a store has another record under the last name that must not be overwritten.
   */
  const unite = (orphan: Orphan, { orphans, whole, isSettled }: SameSession, end: Ended): boolean => {
    const holders = holdersOf({ ...orphan, stores: orphans.flatMap(({ stores }) => stores) })
    if (holders.some((replica) => replica.refusal(whole.sessionName))) return false
    const isLast = orphan.sessionName === whole.sessionName
    if (!isLast && isSettled) removeRecord(orphan)
    if (!isLast) return true
    if (isSettled) return false
    const given = { phase: 'orphan', holders, expiresAt: expiryOf(whole), ended: end } as const
    tombstones.addForRecord({ ...given, record: whole, evenIfAbsent: true })
    return true
  }

  /** Stores what memory knows of the session of an orphan under its last name too; a later pass unites both. False if that name is not free. */
  const storeUnderLastName = (orphan: Orphan, record: StoredRecord, known: StoredRecord): boolean => {
    const { sessionName } = known
    const holders = holdersOf(orphan)
    if (sessionName === record.sessionName || isInMemory(sessionName)) return false
    if (holders.some((replica) => replica.refusal(sessionName))) return false
    const whole = { ...join(record, known), sessionName }
    tombstones.addForRecord({ record: whole, phase: 'orphan', holders, expiresAt: expiryOf(whole), evenIfAbsent: true })
    return true
  }

  return {
    /** Remembers in memory that the sessions of these records ended, and how. It writes nothing, so an observer does it too. */
    async note(orphans: readonly Orphan[], surroundingsOf: SurroundingsOf, hasOthers: boolean): Promise<void> {
      const withEnd = (record: StoredRecord): StoredRecord => {
        if (record.expiresAt !== undefined && !record.ended?.mayBeShutdown) return record
        return { ...record, ended: endOf(record, surroundingsOf, hasOthers) }
      }
      const renamed: StoredRecord[] = []
      /** When the session that the pool ended on purpose began, by name; ms since the epoch. */
      const startOfUnwanted = new Map<string, number>()
      await forEachYielding(orphans, (orphan) => {
        const last = table.tombstone(orphan.sessionName)
        const record = last?.toldFrom === undefined ? joinedRecord(orphan) : project(last, pool)
        if (isUnwanted(record)) startOfUnwanted.set(orphan.sessionName, startOf(record))
      })
      await forEachYielding(orphans, (orphan) => {
        const record = withEnd(joinedRecord(orphan))
        const { sessionName, workspace, incarnation } = record
        // A store that was away may have the record of a session that was ended before a later one of its name.
        if (startOf(record) < (startOfUnwanted.get(sessionName) ?? 0)) table.noteDeleted(incarnation)
        const isDeleted = table.isDeleted(incarnation) || isUnwanted(record)
        if (isDeleted) ended.remove(record)
        if (isDeleted || table.named(sessionName)) return
        if (codec.encode(workspace) === sessionName) ended.note(record)
        else if (isRenamed(record)) renamed.push(record)
      })
      await forEachYielding(renamed, (record) => {
        const { workspace, incarnation } = record
        const last = ended.lastRecord(workspace)
        // Anybody who can write a record can put any workspace into it, so a record under the name of the workspace comes first.
        const isFree = !last || last.sessionName !== codec.encode(workspace) || last.incarnation === incarnation
        if (isFree && !table.get(workspace)) ended.note(record)
      })
    },
    /** The incarnations of the orphans whose end is not known, or not for certain. */
    async undecided(orphans: readonly Orphan[]): Promise<string[]> {
      const incarnations: string[] = []
      await forEachYielding(orphans, (orphan) => {
        const { ended: end, incarnation } = joinedRecord(orphan)
        const isOpen = end === undefined || end.mayBeShutdown !== undefined
        if (isOpen && incarnation !== undefined) incarnations.push(incarnation)
      })
      return incarnations
    },
    /** Notes how each orphan ended, and when it may be removed. Records of sessions that the gateway deleted are removed at once. */
    async noteEnds(orphans: readonly Orphan[], surroundingsOf: SurroundingsOf, hasOthers: boolean): Promise<void> {
      const several = await severalNames(orphans)
      await forEachYielding(orphans, (orphan) => {
        if (signal.aborted) return
        const record = joinedRecord(orphan)
        if (extendDeletion(orphan, record) || passOnSettledEnd(orphan, record, surroundingsOf)) return
        if (isInMemory(orphan.sessionName) || replaceFormerName(orphan, record)) return
        const successor = isRenamed(record) ? table.get(record.workspace) : undefined
        if (successor) {
          addEarlier(successor, record)
          tombstones.addForFormerSession(successor, record)
          return
        }
        // This pool deleted the session, perhaps while it had another name; or an earlier pool did, and could not remove the record.
        const isDeleted = table.isDeleted(record.incarnation)
        const same = several.get(record.incarnation ?? '')
        if (isDeleted || (same?.orphans ?? [orphan]).some((one) => isUnwanted(joinedRecord(one)))) {
          markDeletedEverywhere(orphan)
          if (!isDeleted && record.expiresAt === undefined) emitEnded(record)
          return
        }
        if (same && unite(orphan, same, endOf(same.whole, surroundingsOf, hasOthers))) return
        const known = knownOf(record)
        if (known && storeUnderLastName(orphan, record, known)) return
        const end = endOf(record, surroundingsOf, hasOthers)
        if (record.expiresAt !== undefined && (end === record.ended || record.ended === undefined)) return
        const whole = { ...join(record, known ?? record), sessionName: record.sessionName }
        const given = { phase: 'orphan', holders: holdersOf(orphan), expiresAt: expiryOf(whole), ended: end } as const
        const last = project(tombstones.addForRecord({ ...given, record: whole }), pool)
        if (ended.lastRecord(record.workspace)?.incarnation === record.incarnation) ended.note(last)
        if (whole.expiresAt === undefined) emitEnded(last)
      })
    },
    /** Notes the attempts to resume an ended session in its record, in every store that has it. Returns the record as it is now. */
    noteTries(record: StoredRecord, tries: ResumeTries | undefined): StoredRecord {
      const { tries: _, ...rest } = record
      const given = { phase: 'orphan', holders: replicas.all(), expiresAt: expiryOf(record), tries } as const
      const last = project(tombstones.addForRecord({ ...given, record: tries ? record : rest }), pool)
      ended.note(last)
      return last
    },
    /** Removes the orphans that have expired, and the oldest of too many, and returns their names. Call it right after a pass that the host answered. */
    async expire(orphans: readonly Orphan[]): Promise<string[]> {
      const dated: Array<StoredRecord & { readonly expiresAt: number }> = []
      await forEachYielding(orphans, (orphan) => {
        const record = joinedRecord(orphan)
        const { expiresAt } = record
        if (expiresAt !== undefined && !isUnwanted(record)) dated.push({ ...record, expiresAt })
      })
      const tooMany = new Set(beyond(dated, most).map(({ sessionName }) => sessionName))
      const expired: string[] = []
      await forEachYielding(orphans, (orphan) => {
        const { expiresAt, sessionName } = joinedRecord(orphan)
        const isDue = (expiresAt !== undefined && expiresAt <= clock.date()) || tooMany.has(sessionName)
        if (!isDue || isInMemory(orphan.sessionName)) return
        markDeleted(orphan)
        expired.push(orphan.sessionName)
      })
      return expired
    },
    /** Deletes the records of these orphans whose session the filter selects, and returns their workspaces. */
    async forget(orphans: readonly Orphan[], isWanted: (record: StoredRecord) => boolean): Promise<string[]> {
      const forgotten = new Set<string>()
      await forEachYielding(orphans, (orphan) => {
        const record = joinedRecord(orphan)
        const subject = table.subject(orphan.sessionName)
        const isFree = (!subject || leavesRecord(subject)) && !table.isCreating(orphan.sessionName)
        if (!isFree || !isWanted(record)) return
        markDeletedEverywhere(orphan)
        forgotten.add(record.workspace)
      })
      return [...forgotten]
    },
  }
}

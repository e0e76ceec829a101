import type { Clock } from '../base/clock.ts'
import { join } from '../record/join.ts'
import type { StoredRecord } from '../record/parse-record.ts'
import type { Replica } from '../replication/replica.ts'
import type { ReplicaSet } from '../replication/replicas.ts'
import { sameContent } from '../sessions/project.ts'
import { leavesRecord } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Orphan } from './reconcile-types.ts'

/** What all stores that have an orphan say of it together. */
export function joined({ copies }: Orphan): StoredRecord {
  return copies.reduce(join)
}

/** What becomes of records without a living session. `ttlMs`: how long they stay, from when they were first seen so. */
export function createOrphans({ table, tombstones }: Sessions, replicas: ReplicaSet, clock: Clock, ttlMs: number) {
  const holdersOf = ({ stores }: Orphan): Replica[] => replicas.all().filter((replica) => stores.includes(replica))

  const isSpokenFor = (sessionName: string): boolean =>
    table.subject(sessionName) !== undefined || table.isCreating(sessionName)

  const markDeleted = (orphan: Orphan): void =>
    tombstones.addForRecord({ record: joined(orphan), phase: 'deleted', holders: holdersOf(orphan) })

  /** Whether its deletion is being told to other stores: then those that have it are told, too. */
  const isBeingDeleted = (orphan: Orphan, { incarnation }: StoredRecord): boolean => {
    const tombstone = table.tombstone(orphan.sessionName)
    if (!tombstone || leavesRecord(tombstone) || incarnation === undefined) return false
    if (tombstone.hosted.incarnation !== incarnation) return false
    replicas.owe(orphan.sessionName, tombstone, holdersOf(orphan))
    return true
  }

  /** Whether its session ended under another name, which it got while this store was not read: there its last record goes. */
  const isFormerName = (orphan: Orphan, record: StoredRecord): boolean => {
    const last = table.orphanOf(record.incarnation)
    if (last?.phase !== 'ended' || last.hosted.sessionName === orphan.sessionName) return false
    tombstones.mergeLate(last, record)
    tombstones.addForRecord({ record, phase: 'moved', holders: holdersOf(orphan), successor: last })
    return true
  }

  /**
   * First what all records of a session say is written under its last name, to each store that has any of them; then the
   * others go. False where it is an orphan like any other: it is the only one, or a store keeps that name for something else.
   */
  const unite = (orphan: Orphan, { orphans, whole, isSettled }: SameSession): boolean => {
    const holders = holdersOf({ ...orphan, stores: orphans.flatMap(({ stores }) => stores) })
    if (holders.some((replica) => replica.refusal(whole.sessionName))) return false
    const isLast = orphan.sessionName === whole.sessionName
    if (!isLast && isSettled) markDeleted(orphan)
    if (!isLast) return true
    if (isSettled) return false
    const expiresAt = whole.expiresAt ?? clock.date() + ttlMs
    tombstones.addForRecord({ record: whole, phase: 'orphan', holders, expiresAt, evenIfAbsent: true })
    return true
  }

  return {
    /** Gives each record without a session the moment from which it may be removed. */
    adopt(orphans: readonly Orphan[]): void {
      const several = severalNames(orphans)
      for (const orphan of orphans) {
        const record = joined(orphan)
        if (isBeingDeleted(orphan, record)) continue
        if (isSpokenFor(orphan.sessionName) || isFormerName(orphan, record)) continue
        // The gateway deleted that session, perhaps while it had another name.
        if (table.isDeleted(record.incarnation)) {
          markDeleted(orphan)
          continue
        }
        const same = several.get(record.incarnation ?? '')
        if (same && unite(orphan, same)) continue
        if (record.expiresAt !== undefined) continue
        const expiresAt = clock.date() + ttlMs
        tombstones.addForRecord({ record, phase: 'orphan', holders: holdersOf(orphan), expiresAt })
      }
    },
    /** Removes the orphans whose time has passed; gives their names. To be called right after a pass that the host answered. */
    expire(orphans: readonly Orphan[]): string[] {
      const expired = orphans.filter((orphan) => {
        const { expiresAt } = joined(orphan)
        return expiresAt !== undefined && expiresAt <= clock.date() && !isSpokenFor(orphan.sessionName)
      })
      for (const orphan of expired) markDeleted(orphan)
      return expired.map(({ sessionName }) => sessionName)
    },
  }
}

/** Records of one session under several names: it was renamed, and ended before its former record was removed. */
interface SameSession {
  readonly orphans: readonly Orphan[]
  /** What all of them say together, under the name that it had last. */
  readonly whole: StoredRecord
  /** Whether each store that has any of them has all of it under that name: then the others say nothing more. */
  readonly isSettled: boolean
}

/** The orphans that share an incarnation with another one, by their incarnations. */
function severalNames(orphans: readonly Orphan[]): ReadonlyMap<string, SameSession> {
  const byIncarnation = new Map<string, Orphan[]>()
  for (const orphan of orphans) {
    const incarnation = orphan.copies[0]?.incarnation
    if (incarnation !== undefined) byIncarnation.set(incarnation, [...(byIncarnation.get(incarnation) ?? []), orphan])
  }
  const several = [...byIncarnation].filter(([, group]) => group.length > 1)
  return new Map(several.map(([incarnation, group]) => [incarnation, sameSession(group)]))
}

function sameSession(orphans: readonly Orphan[]): SameSession {
  const whole = orphans.flatMap(({ copies }) => copies).reduce(join)
  const present = orphans.find(({ sessionName }) => sessionName === whole.sessionName)
  const hasAll = (store: Orphan['stores'][number]): boolean => {
    const copy = present?.copies[present.stores.indexOf(store)]
    return copy !== undefined && sameContent(copy, whole)
  }
  return { orphans, whole, isSettled: orphans.flatMap(({ stores }) => stores).every(hasAll) }
}

import { type SessionNameCodec, serializeRecord } from '@sessionkeep/contracts'
import { spareName } from '@sessionkeep/contracts/internal'
import type { Replica, SessionsPort } from '@sessionkeep/replication'
import { project } from './project.ts'
import { leavesRecord, movedTombstone, type Session } from './session.ts'
import type { SessionTable } from './session-table.ts'

/** How many sessions may wait for each other in a row: each write of a store frees only the next one. */
const MOST_IN_A_ROW = 16

/** Answers replication's questions about the sessions of one pool. `pool` is the owner that the records name. */
export function createSessionsPort(table: SessionTable, codec: SessionNameCodec, pool: string): SessionsPort {
  const toLiving = (about: Session) => ({ name: about.hosted.sessionName, about, revision: about.revision })

  /** Whether a store has acknowledged that revision of a renamed session under its new name, or owes it nothing any more. */
  const isSafe = (successor: Session, revision: number, { slots }: Replica): boolean => {
    const { sessionName } = successor.hosted
    // While another session has its name, the pool has not noticed yet that it was renamed.
    const hasName = table.subject(sessionName) === successor
    if (table.has(successor)) return hasName && (slots.ackedRevision(sessionName, successor) ?? -1) >= revision
    return !(hasName && leavesRecord(successor) && slots.owed(sessionName, successor))
  }
  /** Whether a session was deleted, and a store has not acknowledged that yet. */
  const isUntold = (session: Session, { slots }: Replica): boolean =>
    (slots.ackedRevision(session.hosted.sessionName, session) ?? -1) < (session.toldFrom ?? -1)
  /** The renamed session whose only record in this store may be the one under the present name of `session`. */
  const waitsFor = (session: Session, replica: Replica): Session | undefined => {
    const { about, revision = 0 } = replica.slots.left(session.hosted.sessionName, session) ?? {}
    // The replicas know sessions only as objects.
    const renamed = about as Session | undefined
    return !renamed || renamed === session || isSafe(renamed, revision, replica) ? undefined : renamed
  }
  /** Whether sessions wait for each other in a ring, since they swapped their names, or in a long row. */
  const isSwapped = (renamed: Session, replica: Replica): boolean => {
    let next: Session | undefined = renamed
    for (let at = 0; next && at < MOST_IN_A_ROW; at += 1) next = waitsFor(next, replica)
    // A session that really has the name of the spare record keeps its record.
    return next !== undefined && !table.named(spareName(renamed.life, renamed.revision))
  }
  const spareOf = (session: Session) => {
    session.claimed = true
    const name = spareName(session.life, session.revision)
    return { name, about: session, record: serializeRecord({ ...project(session, pool), sessionName: name }) }
  }

  return {
    /** The record of the living session of that name, or else of the tombstone: null when the record is to be deleted. */
    desiredRecord(name, replica, mustRemember) {
      const session = table.subject(name)
      if (!session) return undefined
      const { revision } = session
      const renamed = waitsFor(session, replica)
      const isSwap = renamed !== undefined && isSwapped(renamed, replica)
      const mayReplace = !renamed || isSwap
      // In a store whose records are in the sessions, a write replaces no record of another session.
      const spare = isSwap && !replica.liveOnly ? () => spareOf(renamed) : undefined
      if (session === table.named(name)) {
        session.claimed = true
        const isRead = replica.slots.isRead(name, session)
        const known = session.outcome === 'created' ? 'now' : isRead ? 'answered' : 'later'
        const [record, when] = [serializeRecord(project(session, pool)), mayReplace ? known : 'later'] as const
        return { about: session, isTombstone: false, revision, record, when, spare }
      }
      // A store that comes back later with an older record, after a crash, would show a lost session.
      const isInterim = session.toldFrom !== undefined && mustRemember(session)
      const record = leavesRecord(session) || isInterim ? serializeRecord(project(session, pool)) : null
      const { successor } = session
      // The record under a former name may be all that says what was deleted, until the one under the last name says so.
      const isKept = successor && isUntold(successor, replica) && mustRemember(successor)
      const isMoved = !successor || (isSafe(successor, revision, replica) && !isKept)
      const when = isMoved && mayReplace ? 'answered' : 'later'
      return { about: session, isTombstone: true, revision, record, when, isInterim, spare }
    },
    noteSpare({ name, about }) {
      // Each store that has the spare record has to acknowledge the same tombstone.
      const tombstone = table.tombstone(name) ?? movedTombstone(about as Session, name)
      table.addTombstone(tombstone)
      return tombstone
    },
    subject: table.subject,
    tombstonesLike: (tombstone) => [...table.tombstonesLike(tombstone as Session)].map(toLiving),
    living: () => table.living().map(toLiving),
    takeChanged: () => table.takeChanged().map(({ session, since }) => ({ ...toLiving(session), since })),
    noteUrgent(name) {
      const session = table.named(name)
      if (session) session.changedSince = undefined
    },
    settled(name, tombstone) {
      const session = table.tombstone(name)
      if (session === tombstone) table.removeTombstone(session)
    },
    describe: (name) => table.named(name)?.workspace ?? codec.decode(name),
  }
}

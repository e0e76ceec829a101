import { type SessionNameCodec, serializeRecord } from '@sessionkeep/contracts'
import type { LivingSession, Replica, SessionsPort } from '@sessionkeep/replication'
import { project } from './project.ts'
import { leavesRecord, type Session } from './session.ts'
import type { SessionTable } from './session-table.ts'

/** Answers replication's questions about the sessions of one pool. `pool` is the owner that the records name. */
export function createSessionsPort(table: SessionTable, codec: SessionNameCodec, pool: string): SessionsPort {
  const toLiving = (session: Session): LivingSession => ({
    name: session.hosted.sessionName,
    about: session,
    revision: session.revision,
  })

  /** Whether a store has acknowledged the renamed session under its new name; true when the tombstone is of no renamed session. */
  const isSuccessorSafe = ({ successor, revision }: Session, { slots }: Replica): boolean => {
    if (!successor) return true
    const { sessionName } = successor.hosted
    if (table.has(successor)) return (slots.ackedRevision(sessionName, successor) ?? -1) >= revision
    const last = table.tombstone(sessionName)
    return !(last && leavesRecord(last) && slots.owed(sessionName, last))
  }

  return {
    /** The record of the living session of that name, or else of the tombstone: null when the record is to be deleted. */
    desiredRecord(name, replica, mustRemember) {
      const session = table.subject(name)
      if (!session) return undefined
      const { revision } = session
      if (session === table.named(name)) {
        session.claimed = true
        const isRead = replica.slots.isRead(name, session)
        const when = session.outcome === 'created' ? 'now' : isRead ? 'answered' : 'later'
        return { about: session, isTombstone: false, revision, record: serializeRecord(project(session, pool)), when }
      }
      // A store that comes back later with an older record, after a crash, would show a lost session.
      const isInterim = session.toldFrom !== undefined && mustRemember(session)
      const record = leavesRecord(session) || isInterim ? serializeRecord(project(session, pool)) : null
      const when = isSuccessorSafe(session, replica) ? 'answered' : 'later'
      return { about: session, isTombstone: true, revision, record, when, isInterim }
    },
    subject: table.subject,
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

import type { Replica } from '../replication/replica.ts'
import type { ReplicaSet } from '../replication/replicas.ts'
import type { StoreAnswer } from '../replication/store-answer.ts'
import { foldPast } from '../sessions/merge-stored.ts'
import { project, sameContent } from '../sessions/project.ts'
import type { Sessions } from '../sessions/sessions.ts'

/**
 * Notes in each replica what its store answered, so that those names may be written, and marks the names dirty whose record in
 * the store differs from memory. Called after the answers were merged into memory.
 */
export function applyAnswers(
  sessions: Sessions,
  replicas: ReplicaSet,
  answers: ReadonlyMap<Replica, StoreAnswer>,
): void {
  for (const [replica, answer] of answers) {
    replica.applyAnswer(answer)
    if (answer.complete) replicas.noteReadWhole(replica)
    applyToLiving(sessions, replicas, replica, answer)
    applyToTombstones(sessions, replicas, replica, answer)
  }
}

function applyToLiving(
  { table, pool, durabilityOf }: Sessions,
  replicas: ReplicaSet,
  replica: Replica,
  answer: StoreAnswer,
): void {
  for (const session of table.living()) {
    const { sessionName } = session.hosted
    const copy = answer.copies.get(sessionName)
    if (!copy) continue
    const isSame = copy.kind === 'found' && sameContent(copy.record, project(session, pool))
    if (copy.kind !== 'newer') replicas.noteRead(replica, sessionName, session, isSame ? session.revision : undefined)
    if (!isSame) replica.mark(sessionName)
    if (copy.kind !== 'newer' && durabilityOf(session).verified) foldPast(session)
  }
}

function applyToTombstones(
  { table, tombstones }: Sessions,
  replicas: ReplicaSet,
  replica: Replica,
  { copies }: StoreAnswer,
): void {
  for (const tombstone of table.tombstones()) {
    const { sessionName } = tombstone.hosted
    const copy = copies.get(sessionName)
    if (!copy || !replica.slots.owed(sessionName, tombstone)) continue
    if (copy.kind === 'found') tombstones.mergeLate(tombstone, copy.record)
    const isOf = copy.kind === 'found' && tombstones.isOf(tombstone, copy.record)
    // The tombstone needs no write if the store has nothing to delete, or has the record of another session.
    const isSettled = copy.kind === 'absent' ? !tombstones.isOwedIfAbsent(tombstone, replica) : !isOf
    if (isSettled) replicas.settle(replica, sessionName, tombstone)
    else replica.mark(sessionName)
  }
}

import type { StoredRecord } from '@sessionkeep/contracts'
import { forEachYielding, isSpareName } from '@sessionkeep/contracts/internal'
import type { AnsweredCopy, Replica, ReplicaSet, StoreAnswer } from '@sessionkeep/replication'
import { foldPast } from '../sessions/merge-stored.ts'
import { project, sameContent } from '../sessions/project.ts'
import type { Session } from '../sessions/session.ts'
import type { SessionTable } from '../sessions/session-table.ts'
import type { Sessions } from '../sessions/sessions.ts'

/**
 * Notes in each replica what its store answered, so that those names may be written, and marks the names dirty whose record in
 * the store differs from memory. Called after the answers were merged into memory.
 */
export async function applyAnswers(
  sessions: Sessions,
  replicas: ReplicaSet,
  answers: ReadonlyMap<Replica, StoreAnswer>,
): Promise<void> {
  for (const [replica, given] of answers) {
    const answer = replica.withoutStale(given)
    await replica.applyAnswer(answer, createNote(sessions, replicas, replica, answer))
    if (answer.complete) replicas.noteReadWhole(replica)
    await foldCounts(sessions, replicas, answer)
  }
  for (const [replica, answer] of answers) {
    await settleTombstones(sessions, replicas, replica, answer)
    replica.prune(answer)
  }
}

/** Returns a function that notes whose record a store has under a name. Called together with the answer for the name. */
function createNote(sessions: Sessions, replicas: ReplicaSet, replica: Replica, { copies }: StoreAnswer) {
  const { table, pool } = sessions
  const spares = sparesIn(copies)
  return (sessionName: string, copy: AnsweredCopy): void => {
    const session = table.named(sessionName)
    const tombstone = table.tombstone(sessionName)
    if (tombstone) noteTombstone(sessions, replica, tombstone, copy, spares)
    if (!session) return
    const record = copy.kind === 'found' ? copy.record : undefined
    const isSame = record !== undefined && sameContent(record, project(session, pool))
    const acked = isSame ? session.revision : record?.run === session.life ? record.revision : undefined
    const left = record && leftBy(table, record, session, spares)
    if (left) replica.slots.setLeft(sessionName, left)
    const isStored = record?.workspace === session.workspace
    if (copy.kind !== 'newer') replicas.noteRead(replica, sessionName, session, isStored, acked)
    if (!isSame) replica.mark(sessionName)
  }
}

/** Notes what a store has under the name of a tombstone. Returns whether that is a record which the tombstone must not replace. */
function noteTombstone(
  { table, tombstones }: Sessions,
  replica: Replica,
  tombstone: Session,
  copy: AnsweredCopy,
  spares: ReturnType<typeof sparesIn>,
): boolean {
  const { sessionName } = tombstone.hosted
  if (copy.kind !== 'found' || !replica.slots.owed(sessionName, tombstone)) return false
  tombstones.mergeLate(tombstone, copy.record)
  const { successor } = tombstone
  if (tombstones.isOf(tombstone, copy.record) && successor)
    replica.slots.setLeft(sessionName, { about: successor, revision: successor.revision })
  const left = tombstone.phase === 'ended' && leftBy(table, copy.record, tombstone, spares)
  if (left) replica.slots.setLeft(sessionName, left)
  return left !== undefined && left !== false
}

/** Adds up the counts of earlier runs, for the sessions of which a store has answered. */
async function foldCounts(
  { table, durabilityOf, check }: Sessions,
  replicas: ReplicaSet,
  { copies }: StoreAnswer,
): Promise<void> {
  // Counts are added up only once all stores were read whole: a record under a former name may have counts of the same runs.
  if (!replicas.active().every((one) => one.isWhole())) return
  await forEachYielding(table.living(), (session) => {
    const copy = copies.get(session.hosted.sessionName)
    if (copy && copy.kind !== 'newer' && durabilityOf(session).verified) foldPast(session, check)
  })
}

async function settleTombstones(
  sessions: Sessions,
  replicas: ReplicaSet,
  replica: Replica,
  { copies, asOf }: StoreAnswer,
): Promise<void> {
  const { table, tombstones } = sessions
  const spares = sparesIn(copies)
  await forEachYielding(table.tombstones(), (tombstone) => {
    const { sessionName } = tombstone.hosted
    const copy = copies.get(sessionName)
    if (!copy || !replica.slots.owed(sessionName, tombstone)) return
    // The name was written during a pause, so the copy is stale. The next pass reads it again.
    if (replica.slots.get(sessionName).sentAt > asOf) return
    const isOfOther = noteTombstone(sessions, replica, tombstone, copy, spares)
    const isOf = copy.kind === 'found' && tombstones.isOf(tombstone, copy.record)
    const isFree = copy.kind === 'absent' || (copy.kind === 'found' && tombstones.isAfter(tombstone, copy.record))
    // The tombstone needs no write if the store has nothing to delete, or has the record of a later session.
    const isSettled = isFree ? !tombstones.isOwedIfAbsent(tombstone, replica) : !isOf && !isOfOther
    if (isSettled) replicas.settle(replica, sessionName, tombstone)
    else replica.mark(sessionName)
  })
}

/** Whether the first record of a session has all that the second one has. A later run writes only what it has joined with earlier records. */
const covers = (one: StoredRecord, other: StoredRecord): boolean =>
  one.run === other.run ? one.revision >= other.revision : (one.run ?? '') > (other.run ?? '')

/** The latest spare record of each incarnation. */
function sparesIn(copies: StoreAnswer['copies']): ReadonlyMap<string, StoredRecord> {
  const spares = new Map<string, StoredRecord>()
  for (const [name, copy] of copies) {
    const { record } = isSpareName(name) && copy.kind === 'found' ? copy : {}
    const known = record?.incarnation ? spares.get(record.incarnation) : undefined
    if (record?.incarnation && (!known || covers(record, known))) spares.set(record.incarnation, record)
  }
  return spares
}

/** The living session whose only record is under a name that it no longer has, and that `present` has or had last. */
function leftBy(table: SessionTable, record: StoredRecord, present: Session, spares: ReturnType<typeof sparesIn>) {
  const { workspace, incarnation } = record
  const owner = table.get(workspace)
  if (!owner || owner === present || !incarnation || owner.hosted.incarnation !== incarnation) return undefined
  const spare = spares.get(incarnation)
  return spare && covers(spare, record) ? undefined : { about: owner, revision: owner.revision }
}

import { join, type StoredRecord } from '@sessionkeep/contracts'
import { forEachYielding, isSpareName } from '@sessionkeep/contracts/internal'
import type { AnsweredCopy, LeftRecord, Replica, ReplicaSet, StoreAnswer } from '@sessionkeep/replication'
import { foldPast } from '../sessions/merge-stored.ts'
import { project, sameContent } from '../sessions/project.ts'
import { isLiving, type Session } from '../sessions/session.ts'
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
    replica.prune(answer)
  }
}

/**
 * Returns a function that notes whose record a store has under a name. It is called in one step with the answer for the name: in a
 * pause between them, the name could be written over a record of another session.
 */
function createNote(sessions: Sessions, replicas: ReplicaSet, replica: Replica, { copies }: StoreAnswer) {
  const { table } = sessions
  const spares = sparesIn(copies)
  return (sessionName: string, copy: AnsweredCopy): void => {
    const session = table.subject(sessionName)
    const left = copy.kind === 'found' ? leftBy(table, copy.record, session, spares) : undefined
    if (left) replica.slots.setLeft(sessionName, left)
    if (!session) return
    if (isLiving(session)) noteLiving(sessions, replicas, replica, session, copy)
    else if (replica.slots.owed(sessionName, session))
      noteTombstone(sessions, replicas, replica, session, copy, left !== undefined)
  }
}

function noteLiving(
  { pool }: Sessions,
  replicas: ReplicaSet,
  replica: Replica,
  session: Session,
  copy: AnsweredCopy,
): void {
  const { sessionName } = session.hosted
  const record = copy.kind === 'found' ? copy.record : undefined
  const isSame = record !== undefined && sameContent(record, project(session, pool))
  const acked = isSame ? session.revision : record?.run === session.life ? record.revision : undefined
  const isStored = record?.workspace === session.workspace
  if (copy.kind !== 'newer') replicas.noteRead(replica, sessionName, session, isStored, acked)
  if (!isSame) replica.mark(sessionName)
}

function noteTombstone(
  { tombstones }: Sessions,
  replicas: ReplicaSet,
  replica: Replica,
  tombstone: Session,
  copy: AnsweredCopy,
  isLeft: boolean,
): void {
  const { sessionName } = tombstone.hosted
  const { successor } = tombstone
  // What is under a former name belongs into the last record.
  if (copy.kind === 'found') tombstones.mergeLate(successor ?? tombstone, copy.record)
  const isOf = copy.kind === 'found' && tombstones.isOf(tombstone, copy.record)
  if (isOf && successor) replica.slots.setLeft(sessionName, { about: successor, revision: successor.revision })
  const isFree = copy.kind === 'absent' || (copy.kind === 'found' && tombstones.isAfter(tombstone, copy.record))
  const isOfOther = tombstone.phase === 'ended' && isLeft
  // The tombstone needs no write if the store has nothing to delete, or has the record of a later session.
  const isSettled = isFree ? !tombstones.isOwedIfAbsent(tombstone, replica) : !isOf && !isOfOther
  if (isSettled) replicas.settle(replica, sessionName, tombstone)
  else replica.mark(sessionName)
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

/** Whether the first record of a session has all that the second one has. A later run need not have read what an earlier one wrote. */
const covers = (one: StoredRecord, other: StoredRecord): boolean => sameContent(join(one, other), one)

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

/** The living session whose only record is under a name that it no longer has. `present`: the session that has that name, or had it last. */
function leftBy(
  table: SessionTable,
  record: StoredRecord,
  present: Session | undefined,
  spares: ReturnType<typeof sparesIn>,
): LeftRecord | undefined {
  const { workspace, incarnation } = record
  const owner = table.get(workspace)
  if (!owner || owner === present || !incarnation || owner.hosted.incarnation !== incarnation) return undefined
  const spare = spares.get(incarnation)
  return spare && covers(spare, record) ? undefined : { about: owner, revision: owner.revision }
}

import { join } from '../record/join.ts'
import type { StoredRecord } from '../record/parse-record.ts'
import type { Replica } from '../replication/replica.ts'
import type { StoreAnswer } from '../replication/store-answer.ts'
import { absorb, foldPast } from '../sessions/merge-stored.ts'
import type { PoolCore } from '../sessions/pool-core.ts'
import { sameContent, snapshot } from '../sessions/project.ts'
import type { Departure } from '../sessions/tombstones.ts'
import { finalRecord } from './end-session.ts'

/**
 * After memory has followed the answers: lets each store be written for the names that it answered for, and marks
 * those where it has something else than the pool.
 */
export function admitAnswers(core: PoolCore, answers: ReadonlyMap<Replica, StoreAnswer>): void {
  for (const [replica, answer] of answers) {
    replica.admit(answer)
    admitSessions(core, replica, answer)
    admitDepartures(core, replica, answer)
  }
}

function admitSessions(core: PoolCore, replica: Replica, { copies, complete }: StoreAnswer): void {
  const key = core.replicas.keyOf(replica)
  if (complete && key !== undefined) core.replicas.heard(key)
  for (const entry of core.memory.all()) {
    const copy = copies.get(entry.session.sessionName)
    if (!copy) continue
    if (copy.kind !== 'newer') {
      entry.answeredBy.add(replica)
      if (key !== undefined) entry.unheard.delete(key)
      if (core.replicas.standing(entry).verified) foldPast(entry)
    }
    if (copy.kind === 'found' && sameContent(copy.record, snapshot(entry, core.key)))
      entry.saved.set(replica, entry.revision)
    else replica.mark(entry.session.sessionName)
  }
}

function admitDepartures(core: PoolCore, replica: Replica, answer: StoreAnswer): void {
  const { copies, complete, overtaken, unknown } = answer
  const { departures } = core
  for (const name of departures.names()) {
    const copy = copies.get(name)
    if (!departures.get(name)?.pending.has(replica) || !copy) continue
    if (copy.kind === 'found') learnLate(core, name, copy.record)
    const departure = departures.get(name)
    const about = copy.kind === 'found' && departure !== undefined && speaksOf(core, departure, copy.record)
    // Nothing to delete, or a record that this departure does not speak of.
    if (copy.kind === 'absent' ? !isOwed(departure, replica) : !about) departures.settle(name, replica)
    else replica.mark(name)
  }
  const records = [...copies.values()].map((copy) => (copy.kind === 'found' ? copy.record.incarnation : undefined))
  // A name that it does not speak of may be that of any record.
  const isWhole = complete && overtaken.size === 0 && (unknown?.size ?? 0) === 0
  if (isWhole) departures.keepDeleted(replica, new Set(records))
}

/** Whether a store that has nothing is to get the last record: not where it had one that this run did not write, and somebody removed it. */
function isOwed(departure: Departure | undefined, replica: Replica): boolean {
  const { record, entry, owed } = departure ?? {}
  if (owed?.has(replica)) return true
  return !!record && !!entry && (entry.outcome === 'created' || entry.writtenTo.has(replica))
}

/** Whether a stored record is of the session that left, or of an earlier one of that name that was deleted as well. */
function speaksOf(core: PoolCore, { incarnation, record }: Departure, stored: StoredRecord): boolean {
  if (!record && core.departures.isDeleted(stored.incarnation)) return true
  return !stored.incarnation || !incarnation || stored.incarnation === incarnation
}

/** The last record of a session is joined with what a store knew of it, when that is heard only after its end. */
export function learnLate(core: PoolCore, name: string, stored: StoredRecord): void {
  const departure = core.departures.get(name)
  if (!departure?.record || stored.run === departure.record.run || !speaksOf(core, departure, stored)) return
  const { entry, record } = departure
  const expiresAt = stored.expiresAt ?? record.expiresAt ?? 0
  if (entry) absorb(entry, stored, core.check)
  const learnt = entry ? finalRecord(core, entry, expiresAt) : { ...join(record, stored), expiresAt }
  const revision = Math.max(departure.revision, learnt.revision, stored.revision + 1)
  // Another object: what is being written now is no longer what is to be said.
  core.departures.set(name, { ...departure, record: { ...learnt, revision, run: core.run }, revision })
}

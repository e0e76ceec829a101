import type { Replica } from '../replica/replica.ts'
import type { StoreAnswer } from '../replica/store-answer.ts'
import { absorb } from './absorb.ts'
import { finalRecord } from './end-session.ts'
import type { PoolCore } from './pool-core.ts'
import { sameContent, snapshot } from './snapshot.ts'

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

function admitSessions(core: PoolCore, replica: Replica, { copies }: StoreAnswer): void {
  for (const entry of core.memory.all()) {
    const copy = copies.get(entry.session.sessionName)
    if (!copy) continue
    if (copy.kind !== 'newer') entry.answeredBy.add(replica)
    if (copy.kind === 'found' && sameContent(copy.record, snapshot(entry, core.key)))
      entry.saved.set(replica, entry.revision)
    else replica.mark(entry.session.sessionName)
  }
}

function admitDepartures(core: PoolCore, replica: Replica, { copies }: StoreAnswer): void {
  for (const name of core.departures.names()) {
    const departure = core.departures.get(name)
    const copy = copies.get(name)
    if (!departure?.pending.has(replica) || !copy) continue
    const { incarnation, record, entry } = departure
    const about =
      copy.kind === 'found' && (!copy.record.incarnation || !incarnation || copy.record.incarnation === incarnation)
    if (about && record && entry && copy.record.run !== core.run) {
      absorb(entry, copy.record, core.check)
      const joined = {
        ...finalRecord(core, entry, record.expiresAt ?? 0),
        revision: Math.max(departure.revision, entry.revision),
      }
      // Another object: what is being written now is no longer what is to be said.
      core.departures.set(name, { ...departure, record: joined, revision: joined.revision })
    }
    // Nothing to delete, or a record that this departure does not speak of.
    if (copy.kind === 'absent' ? !record : !about) core.departures.settle(name, replica)
    else if (!core.memory.all().some(({ movedFrom }) => movedFrom.has(name))) replica.mark(name)
  }
}

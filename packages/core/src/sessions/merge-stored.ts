import { foldCounts } from '../record/counts.ts'
import { join } from '../record/join.ts'
import type { StoredRecord } from '../record/parse-record.ts'
import type { AttributeCheck } from './attributes.ts'
import { derive, sameContent } from './project.ts'
import type { Session } from './session.ts'

/**
 * Adds what a store knew of this incarnation to what the pool knows. What this run did stays on top: its requests are
 * added, its status and attributes win. Copies that this run wrote itself say nothing new, and must not be given.
 * False: nothing in it was new.
 *
 * @param now - ms since the epoch.
 */
export function mergeStored(session: Session, copy: StoredRecord, check: AttributeCheck, now: number): boolean {
  const past = session.past ? join(session.past, copy) : copy
  if (session.past && sameContent(session.past, past) && session.past.revision === past.revision) return false
  session.past = past
  session.derived = derive(session, check, now)
  if (session.claimed) session.revision = Math.max(session.revision, past.revision) + 1
  else {
    session.revision = past.revision
    session.run = past.run
  }
  return true
}

/** Adds up the counts of the oldest runs. Called once every store has answered for the session: see `foldCounts`. */
export function foldPast(session: Session): void {
  const { past, life } = session
  if (past?.counts) session.past = { ...past, counts: foldCounts(past.counts, life) }
}

import { join, type StoredRecord } from '@sessionkeep/contracts'
import { foldCounts } from '@sessionkeep/contracts/internal'
import type { AttributeCheck } from './attributes.ts'
import { derive, sameContent } from './project.ts'
import type { Session } from './session.ts'

/**
 * Merges the stored record of an incarnation into the session in memory. Requests of this run are added to the stored ones,
 * and its status and attributes win. The caller must not pass a record that this run wrote itself. Returns whether the
 * record contained anything new.
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

/** Adds up the counts of the oldest runs. Called once every store has answered for the session. See {@link foldCounts}. */
export function foldPast(session: Session): void {
  const { past, life } = session
  if (past?.counts) session.past = { ...past, counts: foldCounts(past.counts, life) }
}

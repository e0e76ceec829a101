import { join, type StoredRecord } from '@sessionkeep/contracts'
import {
  type AttributeCheck,
  foldCounts,
  foldVersions,
  laterIn,
  versionsField,
  versionsOf,
} from '@sessionkeep/contracts/internal'
import { derive, lazyAttributes, project, sameContent } from './project.ts'
import { forgetOwnAttributes, ownAttributes, type Session } from './session.ts'

/**
 * Merges the stored record of an incarnation into the session in memory. Requests of this run are added to the stored ones. The
 * status and attributes of this run win, except attributes that another run set later, after it had read this one's record. The caller must not
 * pass a record that this run wrote. Returns whether the record contained anything new.
 *
 * @param now - ms since the epoch.
 */
export function mergeStored(session: Session, copy: StoredRecord, check: AttributeCheck, now: number): boolean {
  const { past: before } = session
  // A tombstone of an orphan was made from this very record.
  if (before === copy) return false
  const past = before ? join(before, copy) : copy
  if (before && sameContent(before, past) && before.revision === past.revision) return false
  const { own, derived, life, outcome } = session
  // Another run took over, for instance while this one was suspended, or writes beside this one. What it set later wins.
  const knew = outcome === 'created' || copy.counts?.[life] !== undefined
  const ours = derived.attributes().versions
  for (const key of laterIn(versionsOf(copy), { ours, life, knew }, own.attributes.keys()))
    ownAttributes(session).delete(key)
  session.past = past
  session.derived = derive(session, check, now)
  // The joined record may differ from all that was written with its run and revision. Then this run gives it a new revision.
  if (before && ![before, copy].some((one) => isSameRecord(one, past))) session.claimed = true
  if (session.claimed) {
    session.revision = Math.max(session.revision, past.revision) + 1
    session.run = session.life
  } else {
    // The revision of a record that the session carries itself is -1 here; see `collect-copies.ts`.
    session.revision = Math.max(0, past.revision)
    session.run = past.run
  }
  return true
}

/** Whether two records have one content, and were written by one run as one revision. */
const isSameRecord = (a: StoredRecord, b: StoredRecord): boolean =>
  a.revision === b.revision && a.run === b.run && sameContent(a, b)

/**
 * Adds up the counts of the oldest runs, and gives all attributes one version. Called once every store has answered for the session.
 * See {@link foldCounts}.
 */
export function foldPast(session: Session, check: AttributeCheck): void {
  const { past, life } = session
  if (past?.counts) session.past = { ...past, counts: foldCounts(past.counts, life) }
  if (!session.past?.attributesAt?.some) return
  session.past = { ...session.past, ...versionsField(foldVersions(versionsOf(session.past)), session.past) }
  session.derived = { ...session.derived, attributes: lazyAttributes(session, check) }
}

/**
 * Moves the attributes that this run has set into `past`, so that the keys that it removed are not kept for as long as the session
 * lives. Call it only once every store has answered for the session: then no copy has attributes that are unknown here.
 */
export function foldOwnAttributes(session: Session, check: AttributeCheck, pool: string): void {
  // The record would say that the session has ended, which the pool only intends.
  if (session.intent) return
  session.past = project(session, pool)
  forgetOwnAttributes(session)
  session.derived = { ...session.derived, attributes: lazyAttributes(session, check) }
}

import { join } from '../record/join.ts'
import type { StoredRecord } from '../record/parse-record.ts'
import type { Replica } from '../replication/replica.ts'
import type { PoolCore } from '../sessions/pool-core.ts'
import type { Departure } from '../sessions/tombstones.ts'
import { learnLate } from './apply-answers.ts'
import type { Orphan } from './reconcile-types.ts'
import { type SameSession, severalNames } from './same-session.ts'

/** Gives each record without a session the moment from which it may be removed, counted from when it was first seen so. */
export function adoptOrphans(core: PoolCore, orphans: readonly Orphan[]): void {
  if (core.options.role === 'observer') return
  const several = severalNames(orphans)
  for (const orphan of orphans) {
    const record = joined(orphan)
    if (isOwed(core, orphan, record)) continue
    if (isSpokenFor(core, orphan.sessionName) || isFormerName(core, orphan, record)) continue
    // The gateway deleted that session while it had another name.
    if (core.departures.isDeleted(record.incarnation)) depart(core, orphan, null)
    if (isSpokenFor(core, orphan.sessionName)) continue
    const session = several.get(record.incarnation ?? '')
    if (session && unite(core, orphan, session)) continue
    if (record.expiresAt !== undefined) continue
    const expiresAt = Date.now() + core.options.orphanTtlMs
    depart(core, orphan, { ...record, expiresAt, revision: record.revision + 1, run: core.run })
  }
}

/**
 * First what all records of a session say is written under its last name, to each store that has any of them; then the
 * others go. False where it is an orphan like any other: it is the only one, or a store keeps that name for something else.
 */
function unite(core: PoolCore, orphan: Orphan, { orphans, whole, isSettled }: SameSession): boolean {
  const all = { ...orphan, stores: orphans.flatMap((one) => one.stores) }
  const holders = holdersOf(core, all)
  if (holders.some((replica) => replica.refusal(whole.sessionName))) return false
  const isLast = orphan.sessionName === whole.sessionName
  if (!isLast && isSettled) depart(core, orphan, null)
  if (!isLast) return true
  if (isSettled) return false
  const expiresAt = whole.expiresAt ?? Date.now() + core.options.orphanTtlMs
  const record = { ...whole, expiresAt, revision: whole.revision + 1, run: core.run }
  depart(core, all, record, { owed: new Set(holders) })
  return true
}

/** Whether its deletion is being told to other stores: then those that have it are told, too. */
function isOwed(core: PoolCore, orphan: Orphan, { incarnation }: StoredRecord): boolean {
  const known = core.departures.get(orphan.sessionName)
  if (!known || known.record || incarnation === undefined || known.incarnation !== incarnation) return false
  for (const replica of holdersOf(core, orphan)) {
    known.pending.add(replica)
    replica.mark(orphan.sessionName)
  }
  return true
}

function holdersOf(core: PoolCore, { stores }: Orphan): Replica[] {
  return core.replicas.all().filter((replica) => stores.includes(replica))
}

/** Whether its session ended under another name, which it got while this store was not heard: there its last record goes. */
function isFormerName(core: PoolCore, orphan: Orphan, record: StoredRecord): boolean {
  const [name, last] = core.departures.lastNameOf(record.incarnation) ?? []
  if (name === undefined || name === orphan.sessionName || !last?.entry) return false
  learnLate(core, name, record)
  depart(core, orphan, null, { after: last.entry })
  return true
}

/** Removes the orphans whose time has passed. To be called right after a survey that the host answered. */
export function expireOrphans(core: PoolCore, orphans: readonly Orphan[]): string[] {
  const expired = orphans.filter((orphan) => {
    const { expiresAt } = joined(orphan)
    return expiresAt !== undefined && expiresAt <= Date.now() && !isSpokenFor(core, orphan.sessionName)
  })
  for (const orphan of expired) depart(core, orphan, null)
  return expired.map(({ sessionName }) => sessionName)
}

export function joined({ copies }: Orphan): StoredRecord {
  return copies.reduce(join)
}

function isSpokenFor(core: PoolCore, sessionName: string): boolean {
  return (
    core.memory.named(sessionName) !== undefined ||
    core.departures.get(sessionName) !== undefined ||
    core.creating.has(sessionName)
  )
}

function depart(
  core: PoolCore,
  orphan: Orphan,
  record: StoredRecord | null,
  { after, owed }: Pick<Departure, 'after' | 'owed'> = {},
): void {
  const { incarnation, revision } = joined(orphan)
  const holders = holdersOf(core, orphan)
  core.departures.set(orphan.sessionName, {
    incarnation,
    entry: undefined,
    record,
    revision: Math.max(revision + 1, record?.revision ?? 0),
    after,
    owed,
    pending: new Set(holders),
  })
  for (const replica of holders) replica.mark(orphan.sessionName)
}

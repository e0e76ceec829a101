import { performance } from 'node:perf_hooks'
import type { StoredRecord } from '../record/parse-record.ts'
import { identityOf } from '../sessions/identity.ts'
import { absorb } from '../sessions/merge-stored.ts'
import type { PoolCore } from '../sessions/pool-core.ts'
import { createEntry, type Entry } from '../sessions/session.ts'
import { logFinding } from './discovery-log.ts'
import { endSession } from './end-session.ts'
import { adoptOrphans } from './orphans.ts'
import type { Finding, KnownSession, Reconciliation } from './reconcile-types.ts'

export interface SurveyFacts {
  /** Monotonic ms: the host's answer may be as old as this. */
  readonly startedAt: number
  /** Whether `live` is the host's own answer, or what memory had. */
  readonly hostAnswered: boolean
}

/** Makes memory follow what a survey found. Synchronous: nothing comes between the comparison and its effect but what came before. */
export function applyReconciliation(core: PoolCore, found: Reconciliation, facts: SurveyFacts): void {
  if (facts.hostAnswered) for (const known of found.gone) letGo(core, known, found, facts)
  for (const finding of found.findings) {
    if (!isHidden(core, finding) && !hasDeparted(core, finding, facts)) apply(core, finding, facts)
  }
  if (facts.hostAnswered) adoptOrphans(core, found.orphans)
}

/** It is being made, or was made and did not become ready. */
function isHidden(core: PoolCore, { session }: Finding): boolean {
  return core.creating.get(session.sessionName)?.hidden === true || core.notReady.has(identityOf(session))
}

/** It ended while the host was being asked: its answer is older than that. */
function hasDeparted(core: PoolCore, { session }: Finding, { startedAt }: SurveyFacts): boolean {
  return (core.departed.get(identityOf(session)) ?? -1) >= startedAt
}

/** A known session that the host does not list has ended, unless it was made or is being ended while the host was asked. */
function letGo(
  core: PoolCore,
  { workspace, session }: KnownSession,
  found: Reconciliation,
  { startedAt }: SurveyFacts,
): void {
  const entry = core.memory.get(workspace)
  if (!entry || identityOf(entry.session) !== identityOf(session)) return
  if (entry.seenAliveAt >= startedAt || entry.ending) return
  endSession(core, entry, found.names.has(session.sessionName) ? 'recreated' : 'gone')
}

function apply(core: PoolCore, finding: Finding, facts: SurveyFacts): void {
  const present = core.memory.get(finding.workspace)
  const same = present && identityOf(present.session) === identityOf(finding.session)
  // It was deleted, or its workspace was taken, while the host was being asked.
  if (finding.known ? !same : present && !same) return
  const entry = same ? present : discover(core, finding, facts)
  entry.replaced ||= finding.replaced
  // A listing older than what was seen since says nothing of names and activity.
  if (facts.hostAnswered && entry.seenAliveAt <= facts.startedAt) follow(core, entry, finding, facts)
  // Whenever that was listed: the record stands under a name that the session does not have now.
  if (facts.hostAnswered) for (const former of finding.movedFrom) moveFrom(core, entry, former)
  for (const copy of finding.copies) learn(core, entry, copy)
  if (!same || entry.outcome === 'unverified') logFinding(core, entry, finding, !same)
}

function follow(core: PoolCore, entry: Entry, finding: Finding, facts: SurveyFacts): void {
  const before = entry.session.sessionName
  observe(core, entry, finding, facts)
  const { sessionName } = entry.session
  if (before === sessionName) return
  moveFrom(core, entry, before)
  core.changed(entry)
  core.logger.info({ workspace: entry.workspace, from: before, sessionName }, 'Session renamed')
  core.events.emit('session:renamed', { session: core.view(entry), from: before })
}

function learn(core: PoolCore, entry: Entry, copy: StoredRecord): void {
  // A session that this run made has no past: a record without an incarnation is of an earlier one of its name.
  const { incarnation } = entry.session
  const past = entry.outcome !== 'created' || (incarnation !== undefined && copy.incarnation === incarnation)
  if (copy.run === entry.life || !past) return
  if (!absorb(entry, copy, core.check)) return
  // It was given up for ended, and is to be written as living again.
  if (copy.expiresAt !== undefined) core.changed(entry)
  // Stores that had answered before do not know this yet.
  for (const replica of core.replicas.all()) if (entry.answeredBy.has(replica)) replica.mark(entry.session.sessionName)
}

function discover(core: PoolCore, { session, workspace, outcome, proven }: Finding, { startedAt }: SurveyFacts): Entry {
  const createdAt = session.createdAt ?? Date.now()
  const entry = createEntry({
    workspace,
    session,
    outcome,
    proven,
    origin: session.createdAt === undefined ? 'now' : (session.createdAtSource ?? 'host'),
    createdAt,
    // A host that counts in whole seconds can put its last activity before our exact stamp.
    lastActivityAt: Math.max(createdAt, session.lastActivityAt ?? 0),
    run: core.nextLife(),
    seenAliveAt: startedAt,
  })
  for (const key of core.replicas.unheard()) entry.unheard.add(key)
  // It ended, and came back before every store was told: what is known of it is here.
  const last = core.departures.lastOf(session.incarnation)
  core.departures.drop(session.sessionName)
  core.memory.add(entry)
  if (last) learn(core, entry, last)
  return entry
}

/** Takes over what the host says of a session now; the clock of its silence starts anew when it did something. */
function observe(core: PoolCore, entry: Entry, { session, proven }: Finding, { startedAt }: SurveyFacts): void {
  const { activity } = entry
  const hostAt = session.lastActivityAt
  if (
    activity.requests !== entry.base + entry.delta ||
    activity.at !== entry.lastActivityAt ||
    activity.hostAt !== hostAt ||
    session.attached
  ) {
    entry.activity = { requests: entry.base + entry.delta, at: entry.lastActivityAt, hostAt }
    entry.silentSince = performance.now()
  }
  entry.proven ||= proven
  entry.seenAliveAt = Math.max(entry.seenAliveAt, startedAt)
  core.memory.update(entry, session)
  core.departures.drop(session.sessionName)
}

/** The record under a former name is to go, in each store after the one under the present name is safe there. */
function moveFrom(core: PoolCore, entry: Entry, former: string): void {
  if (former === entry.session.sessionName || core.memory.named(former)) return
  if (core.departures.get(former)?.after === entry) return
  const { incarnation } = entry.session
  const pending = new Set<object>(core.options.role === 'observer' ? [] : core.replicas.all())
  // What was saved was saved under another name.
  entry.saved.clear()
  const departure = { incarnation, entry: undefined, record: null, revision: entry.revision + 1, pending, after: entry }
  core.departures.set(former, departure)
  for (const replica of core.replicas.all()) replica.mark(former)
  core.changed(entry)
}

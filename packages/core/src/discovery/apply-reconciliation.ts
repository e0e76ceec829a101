import type { Logger } from '@sessionkeep/contracts'
import type { HostSession } from '@sessionkeep/contracts/host'
import { forEachYielding, identityOf } from '@sessionkeep/contracts/internal'
import type { Events } from '../sessions/events.ts'
import type { Session } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Finding, KnownSession, Orphan, Reconciliation } from './reconcile-types.ts'
import type { SurroundingsOf } from './surroundings.ts'

/** The circumstances of a discovery pass. */
export interface PassFacts {
  /** When the pass began, monotonic ms. The answer of the host may be as old as this. */
  readonly startedAt: number
  /** Whether the host answered. If not, the living sessions were taken from memory. */
  readonly hostAnswered: boolean
  /** Aborted when the pool has stopped. What the pass found is left to the next pool then. */
  readonly signal: AbortSignal
  /** Names under which sessions are being created. If the host lists a session of such a name, it is applied nevertheless. */
  readonly creating: ReadonlySet<string>
  /** What is known of the servers and the boot of sessions that have ended. */
  readonly surroundingsOf: SurroundingsOf
}

/** How many sessions are applied before the event loop gets its turn; each may take a tenth of a millisecond. */
const STEPS = 128

/** Where findings are reported. */
interface Reports {
  readonly logger: Logger
  readonly events: Events
}

type Found = Pick<Reconciliation, 'gone' | 'findings' | 'names' | 'orphans' | 'exited' | 'endedUnseen'>

/** What decides whether, and how, a known session has ended. */
interface Missing extends Pick<Reconciliation, 'names'> {
  /** The orphans of a name. */
  readonly orphansOf: (sessionName: string) => readonly Orphan[]
  /** The sessions whose command has ended, by identity. */
  readonly exited: ReadonlyMap<string, HostSession>
  /** The number of sessions that the host listed, whether or not their commands run. */
  readonly listed: number
}

/**
 * Applies the result of a comparison to memory, except orphans. It pauses among thousands of sessions, so each step looks at
 * what memory has by then.
 */
export async function applyReconciliation(
  sessions: Sessions,
  reports: Reports,
  found: Found,
  facts: PassFacts,
): Promise<void> {
  const each = <T>(items: readonly T[], step: (item: T) => void) =>
    forEachYielding(items, (item) => facts.signal.aborted || step(item), STEPS)
  if (facts.hostAnswered) {
    const exited = new Map(found.exited.map((session) => [identityOf(session), session]))
    const missing = {
      ...{ names: found.names, exited, listed: found.names.size + exited.size },
      orphansOf: await indexOrphans(found),
    }
    await each(found.gone, (known) => endMissing(sessions, known, missing, facts))
    await each(found.endedUnseen, (finding) => endUnseen(sessions, finding, missing, facts))
  }
  await each(found.findings, (finding) => {
    if (!isIgnored(sessions, finding, facts)) applyFinding(sessions, reports, finding, facts)
  })
}

/** Returns a function that finds the orphans that have the name of a session which is gone. */
async function indexOrphans({ gone, orphans }: Found): Promise<Missing['orphansOf']> {
  const byName = new Map<string, Orphan[]>(gone.map(({ session }) => [session.sessionName, []]))
  if (gone.length > 0) await forEachYielding(orphans, (orphan) => byName.get(orphan.sessionName)?.push(orphan))
  return (sessionName) => byName.get(sessionName) ?? []
}

/** Whether a listed session is still being created, did not become ready, or ended during the pass. */
function isIgnored({ table }: Sessions, { session }: Finding, { startedAt, creating }: PassFacts): boolean {
  const { sessionName } = session
  if (table.isCreating(sessionName) && !creating.has(sessionName)) return true
  return table.isUnready(session) || table.hasEndedSince(session, startedAt)
}

/**
 * Ends a known session that the host does not list, unless it was created during the pass or is being ended already. In these
 * cases its stored records are still merged, because the stores may be written from now on and must not lose what they have.
 */
function endMissing(
  sessions: Sessions,
  { workspace, session: hosted }: KnownSession,
  { names, orphansOf, exited, listed }: Missing,
  { startedAt, surroundingsOf }: PassFacts,
): void {
  const session = sessions.table.get(workspace)
  if (!session || identityOf(session.hosted) !== identityOf(hosted)) return
  const ended = exited.get(identityOf(hosted))
  const isSeenSince = ended ? session.seenAliveAt > startedAt : session.seenAliveAt >= startedAt
  if (isSeenSince || session.phase === 'ending') {
    for (const { copies } of orphansOf(hosted.sessionName)) {
      for (const copy of copies)
        if (!copy.incarnation || !hosted.incarnation || copy.incarnation === hosted.incarnation)
          sessions.mergeCopy(session, copy)
    }
    return
  }
  sessions.end(session, names.has(hosted.sessionName) ? 'recreated' : 'gone', {
    how: ended?.end,
    surroundings: surroundingsOf(hosted.incarnation),
    hasOthers: listed > (ended ? 1 : 0),
  })
}

/** Records the end of a session that ended while no pool ran: adds it to memory with its record, and ends it at once. */
function endUnseen(
  sessions: Sessions,
  finding: Finding,
  { listed }: Missing,
  { startedAt, creating, surroundingsOf }: PassFacts,
): void {
  const { workspace, session: hosted, outcome, proven } = finding
  const { table } = sessions
  if (table.isCreating(hosted.sessionName) && !creating.has(hosted.sessionName)) return
  if (table.get(workspace) || table.isUnready(hosted) || table.hasEndedSince(hosted, startedAt)) return
  const session = sessions.addFound({ workspace, hosted, outcome, proven }, startedAt)
  for (const copy of finding.copies) sessions.mergeCopy(session, copy)
  for (const former of finding.earlier) sessions.addEarlier(session, former)
  // A pool noted that it would end this session, and stopped before it noted the end. What it intended is the cause.
  const { cause } = finding.copies.find(({ ended, expiresAt }) => ended && expiresAt === undefined)?.ended ?? {}
  const intended = cause === 'deleted' || cause === 'terminated' || cause === 'idle' ? cause : undefined
  sessions.end(session, intended ?? 'gone', {
    how: hosted.end,
    surroundings: surroundingsOf(hosted.incarnation),
    hasOthers: listed > 1,
  })
}

function applyFinding(sessions: Sessions, reports: Reports, finding: Finding, facts: PassFacts): void {
  const { workspace, session: hosted, outcome, proven } = finding
  const present = sessions.table.get(workspace)
  const isSame = present !== undefined && identityOf(present.hosted) === identityOf(hosted)
  // During the pass the session was deleted, or another session got its workspace.
  if (finding.known ? !isSame : present && !isSame) return
  const session = isSame ? present : sessions.addFound({ workspace, hosted, outcome, proven }, facts.startedAt)
  session.replaced ||= finding.replaced
  if (facts.hostAnswered) {
    // If the session was seen again during the pass, the name and activity in this listing are outdated.
    if (session.seenAliveAt <= facts.startedAt) sessions.updateFromHost(session, hosted, proven, facts.startedAt)
  }
  if (finding.resumes) sessions.finishResume(session, finding.resumes)
  for (const copy of finding.copies) sessions.mergeCopy(session, copy)
  // Also an outdated listing shows that the session no longer has the name under which that record is stored.
  if (facts.hostAnswered) for (const former of finding.movedFrom) sessions.tombstones.addForFormerName(session, former)
  for (const former of finding.earlier) sessions.addEarlier(session, former)
  if (!isSame) for (const problem of finding.problems) reportProblem(reports, workspace, problem)
  if (!isSame || session.outcome === 'unverified') reportFinding(sessions, reports, session, finding, !isSame)
}

function reportProblem(
  { logger }: Reports,
  workspace: string,
  { code, store, message }: Finding['problems'][number],
): void {
  const fields = { workspace, recovered: false, store, code, reason: message }
  logger.warn(fields, 'Failed to load session metadata')
}

/** Reports once whether the metadata of a living session was recovered, was not found, or is not known yet. */
function reportFinding(
  { view }: Sessions,
  { logger, events }: Reports,
  session: Session,
  { outcome }: Finding,
  isFirst: boolean,
): void {
  if (!isFirst && outcome === 'unverified') return
  session.outcome = outcome
  const { sessionName } = session.hosted
  const fields = { workspace: session.workspace, sessionName, recovered: outcome === 'recovered' }
  if (outcome === 'recovered') {
    logger.info(fields, 'Session discovered with metadata')
    if (events.isHeard('session:recovered')) events.emit('session:recovered', { session: view(session) })
  } else {
    if (outcome === 'unverified')
      logger.warn({ ...fields, outcome }, 'Session discovered, its metadata is not known yet - serving it meanwhile')
    else {
      const { origin } = session.derived
      logger.warn({ ...fields, outcome, origin }, 'Session discovered without metadata - using defaults')
    }
    if (events.isHeard('session:adopted')) events.emit('session:adopted', { session: view(session), outcome })
  }
}

import type { Logger } from '../contracts/logger.ts'
import type { Events } from '../sessions/events.ts'
import { identityOf, type Session } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Finding, KnownSession, Reconciliation } from './reconcile-types.ts'

/** What a discovery pass went by. */
export interface PassFacts {
  /** Monotonic ms: the host's answer may be as old as this. */
  readonly startedAt: number
  /** Whether the living sessions are the host's own answer, or what memory had. */
  readonly hostAnswered: boolean
  /** Names of sessions that are being created, under which what the host lists is to be taken all the same. */
  readonly taking: ReadonlySet<string>
}

/** Where findings are reported. */
interface Reports {
  readonly logger: Logger
  readonly events: Events
}

/** Makes memory follow what was found, all but orphans. Synchronous, so that memory cannot change between compare and apply. */
export function applyReconciliation(
  sessions: Sessions,
  reports: Reports,
  found: Pick<Reconciliation, 'gone' | 'findings' | 'names' | 'orphans'>,
  facts: PassFacts,
): void {
  if (facts.hostAnswered) for (const known of found.gone) endMissing(sessions, known, found, facts)
  for (const finding of found.findings) {
    if (!isHidden(sessions, finding, facts)) applyFinding(sessions, reports, finding, facts)
  }
}

/** It is being made, was made and did not become ready, or ended while the host was being asked. */
function isHidden({ table }: Sessions, { session }: Finding, { startedAt, taking }: PassFacts): boolean {
  const { sessionName } = session
  if (table.isCreating(sessionName) && !taking.has(sessionName)) return true
  return table.isUnready(session) || table.hasEndedSince(session, startedAt)
}

/**
 * A known session that the host does not list has ended, unless it was made or is being ended while the host was asked. Then
 * what stores have of it is merged all the same: they may be written from now on, and must not lose what they had.
 */
function endMissing(
  sessions: Sessions,
  { workspace, session: hosted }: KnownSession,
  { names, orphans }: Pick<Reconciliation, 'names' | 'orphans'>,
  { startedAt }: PassFacts,
): void {
  const session = sessions.table.get(workspace)
  if (!session || identityOf(session.hosted) !== identityOf(hosted)) return
  if (session.seenAliveAt >= startedAt || session.phase === 'ending') {
    for (const { sessionName, copies } of orphans) {
      if (sessionName !== hosted.sessionName) continue
      for (const copy of copies)
        if (!copy.incarnation || !hosted.incarnation || copy.incarnation === hosted.incarnation)
          sessions.mergeCopy(session, copy)
    }
    return
  }
  sessions.end(session, names.has(hosted.sessionName) ? 'recreated' : 'gone')
}

function applyFinding(sessions: Sessions, reports: Reports, finding: Finding, facts: PassFacts): void {
  const { workspace, session: hosted, outcome, proven } = finding
  const present = sessions.table.get(workspace)
  const isSame = present !== undefined && identityOf(present.hosted) === identityOf(hosted)
  // It was deleted, or its workspace was taken, while the host was being asked.
  if (finding.known ? !isSame : present && !isSame) return
  const session = isSame ? present : sessions.addFound({ workspace, hosted, outcome, proven }, facts.startedAt)
  session.replaced ||= finding.replaced
  if (facts.hostAnswered) {
    // A listing older than what was seen since says nothing of names and activity.
    if (session.seenAliveAt <= facts.startedAt) sessions.updateFromHost(session, hosted, proven, facts.startedAt)
    // Whenever that was listed: the record stands under a name that the session does not have now.
    for (const former of finding.movedFrom) sessions.tombstones.addForFormerName(session, former)
  }
  for (const copy of finding.copies) sessions.mergeCopy(session, copy)
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

/** Says once what became of a living session's metadata: recovered, not there, or not known yet. */
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
    logger.debug(fields, 'Session discovered with metadata')
    events.emit('session:recovered', { session: view(session) })
  } else {
    if (outcome === 'unverified')
      logger.warn({ ...fields, outcome }, 'Session discovered, its metadata is not known yet - serving it meanwhile')
    else {
      const { origin } = session.derived
      logger.warn({ ...fields, outcome, origin }, 'Session discovered without metadata - using defaults')
    }
    events.emit('session:adopted', { session: view(session), outcome })
  }
}

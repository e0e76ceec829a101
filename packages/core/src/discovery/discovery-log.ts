import type { PoolCore } from '../sessions/pool-core.ts'
import type { Entry } from '../sessions/session.ts'
import type { Finding } from './reconcile-types.ts'

/** Says once what became of a live session's metadata: recovered, not there, or not known yet. */
export function logFinding(core: PoolCore, entry: Entry, finding: Finding, first: boolean): void {
  const { logger, events } = core
  const { workspace, session, origin } = entry
  const { outcome } = finding
  for (const { code, store, message } of first ? finding.problems : []) {
    logger.warn({ workspace, recovered: false, store, code, reason: message }, 'Failed to load session metadata')
  }
  if (!first && outcome === 'unverified') return
  entry.outcome = outcome
  const fields = { workspace, sessionName: session.sessionName, recovered: outcome === 'recovered' }
  if (outcome === 'recovered') {
    logger.debug(fields, 'Session discovered with metadata')
    events.emit('session:recovered', { session: core.view(entry) })
  } else if (outcome === 'unverified') {
    logger.warn({ ...fields, outcome }, 'Session discovered, its metadata is not known yet - serving it meanwhile')
    events.emit('session:adopted', { session: core.view(entry), outcome })
  } else {
    logger.warn({ ...fields, outcome, origin }, 'Session discovered without metadata - using defaults')
    events.emit('session:adopted', { session: core.view(entry), outcome })
  }
}

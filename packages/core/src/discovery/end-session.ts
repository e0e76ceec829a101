import { performance } from 'node:perf_hooks'
import type { SessionRef } from '../contracts/session-host.ts'
import type { StoredRecord } from '../record/parse-record.ts'
import type { SessionMetadata } from '../record/session-metadata.ts'
import type { EndReason } from '../sessions/events.ts'
import { identityOf } from '../sessions/identity.ts'
import type { PoolCore } from '../sessions/pool-core.ts'
import { snapshot } from '../sessions/project.ts'
import type { Entry } from '../sessions/session.ts'

/**
 * Takes a session that is proven gone out of memory. Its record is removed when the pool ended it; when it ended by
 * itself the record stays as an orphan until it expires.
 */
export function endSession(core: PoolCore, entry: Entry, reason: EndReason): void {
  const { memory, departures, events } = core
  const { sessionName, incarnation } = entry.session
  memory.remove(entry)
  noteDeparted(core, entry.session)
  entry.revision += 1
  entry.run = entry.life
  entry.claimed = true
  const byPool = reason === 'deleted' || reason === 'idle' || reason === 'terminated'
  const record = byPool ? null : finalRecord(core, entry, Date.now() + core.options.orphanTtlMs)
  const pending = new Set<object>(core.options.role === 'observer' ? [] : core.replicas.all())
  departures.set(sessionName, { incarnation, entry, record, revision: entry.revision, pending })
  for (const replica of core.replicas.all()) replica.mark(sessionName)
  const { extra: _extra, ...final } = snapshot(entry, core.key)
  const session = Object.freeze(final) as SessionMetadata<unknown>
  core.logger.info({ workspace: entry.workspace, sessionName, reason }, 'Session ended')
  events.emit(byPool ? 'session:deleted' : 'session:gone', { session, reason })
}

/** The record that stays behind a session which ended by itself. */
export function finalRecord(core: PoolCore, entry: Entry, expiresAt: number): StoredRecord {
  return { ...snapshot(entry, core.key), expiresAt }
}

/** Remembers that a session ended, against listings that began before. */
export function noteDeparted(core: PoolCore, session: SessionRef): void {
  core.departed.set(identityOf(session), performance.now())
}

import type { HostState } from '../discovery/poll-host.ts'
import type { EndedSessions } from '../sessions/ended-sessions.ts'
import { requestsOf, statusOf } from '../sessions/session.ts'
import type { SessionTable } from '../sessions/session-table.ts'

/** The pool in numbers. They come from memory. */
export interface PoolStats {
  /** The living sessions in any status. */
  readonly totalSessions: number
  readonly activeSessions: number
  readonly idleSessions: number
  readonly drainingSessions: number
  /** The requests of all living sessions in all runs. */
  readonly totalRequests: number
  /** The requests of this run that have started and not completed. */
  readonly activeRequests: number
  /** The workspaces without a living session whose last record is kept. */
  readonly endedSessions: number
  /** The limit from the options. */
  readonly maxSessions: number
  /** Whether `start()` has succeeded and the pool is not stopped. */
  readonly started: boolean
  /** Whether the host answers. */
  readonly host: HostState
}

/** Counts the sessions in memory. `given` are the values that the table does not have. */
export function statsOf(
  table: SessionTable,
  ended: EndedSessions,
  given: Pick<PoolStats, 'maxSessions' | 'started' | 'host'>,
): PoolStats {
  const counts = { active: 0, idle: 0, draining: 0 }
  let totalRequests = 0
  let activeRequests = 0
  for (const session of table.living()) {
    counts[statusOf(session)] += 1
    totalRequests += requestsOf(session)
    activeRequests += session.activeRequests
  }
  return {
    totalSessions: table.size(),
    activeSessions: counts.active,
    idleSessions: counts.idle,
    drainingSessions: counts.draining,
    totalRequests,
    activeRequests,
    endedSessions: ended.count(),
    ...given,
  }
}

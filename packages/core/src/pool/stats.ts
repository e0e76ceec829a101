import type { HostState } from '../discovery/poll-host.ts'
import { requestsOf, statusOf } from '../sessions/session.ts'
import type { SessionTable } from '../sessions/session-table.ts'

/** The pool in numbers, from memory. */
export interface PoolStats {
  readonly totalSessions: number
  readonly activeSessions: number
  readonly idleSessions: number
  readonly drainingSessions: number
  /** Over all present sessions and all runs. */
  readonly totalRequests: number
  readonly activeRequests: number
  readonly maxSessions: number
  readonly started: boolean
  readonly host: HostState
}

/** Counts the sessions in memory. `given`: what memory does not know. */
export function statsOf(table: SessionTable, given: Pick<PoolStats, 'maxSessions' | 'started' | 'host'>): PoolStats {
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
    ...given,
  }
}

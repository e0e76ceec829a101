import type { HostState, PoolCore } from '../sessions/pool-core.ts'

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

export function statsOf({ memory, options, hostState }: PoolCore, started: boolean): PoolStats {
  const counts = { active: 0, idle: 0, draining: 0 }
  let totalRequests = 0
  let activeRequests = 0
  for (const entry of memory.all()) {
    counts[entry.status] += 1
    totalRequests += entry.base + entry.delta
    activeRequests += entry.activeRequests
  }
  return {
    totalSessions: memory.size(),
    activeSessions: counts.active,
    idleSessions: counts.idle,
    drainingSessions: counts.draining,
    totalRequests,
    activeRequests,
    maxSessions: options.maxSessions,
    started,
    host: { ...hostState },
  }
}

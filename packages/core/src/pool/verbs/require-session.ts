import { PoolError } from '@sessionkeep/contracts/errors'
import type { Discovery } from '../../discovery/discover.ts'
import type { HostPoller } from '../../discovery/poll-host.ts'
import type { Session } from '../../sessions/session.ts'
import type { SessionTable } from '../../sessions/session-table.ts'
import type { PoolState } from '../pool-state.ts'

/** What is needed to find a session, also one that is not in memory yet. */
export interface SessionSources {
  readonly table: SessionTable
  readonly state: PoolState
  readonly host: HostPoller
  readonly discovery: Discovery
  /** Loads and attaches the stores once. Rejects with a `ConfigError` for a configuration that can never work. */
  readonly attach: () => Promise<void>
}

/** Returns the living session of a workspace in memory. @throws `SESSION_GONE` if its session ended by itself, else `SESSION_NOT_FOUND` */
export function findSession(table: SessionTable, workspace: string): Session {
  const session = table.get(workspace)
  if (session) return session
  if (!table.isGone(workspace)) throw notFound(workspace)
  const message = `The session of ${workspace} has ended; ask for it again to get a new one.`
  throw new PoolError('SESSION_GONE', message, { context: { workspace } })
}

/** The error for a workspace that has no session. */
export function notFound(workspace: string): PoolError {
  const message = `There is no session of workspace ${JSON.stringify(workspace)} in this pool.`
  return new PoolError('SESSION_NOT_FOUND', message, { context: { workspace } })
}

/**
 * Makes the function that returns the session of a workspace. When it is not in memory, also before `start()`, the function runs
 * a discovery. It rejects with `SESSION_GONE` or `SESSION_NOT_FOUND` only when the host has answered, and otherwise with `HOST_UNAVAILABLE`.
 */
export function createRequireSession({ table, state, host, discovery, attach }: SessionSources) {
  return async (workspace: string): Promise<Session> => {
    state.assertRunning()
    const known = table.get(workspace)
    if (known) return known
    await attach()
    if (!host.hasListed() || !table.get(workspace)) {
      const { hostError } = await discovery.discover()
      // A pool that was stopped meanwhile does nothing more to a session, and cannot say that there is none.
      state.assertRunning()
      if (hostError && !table.get(workspace)) throw hostError
    }
    return findSession(table, workspace)
  }
}

export type RequireSession = ReturnType<typeof createRequireSession>

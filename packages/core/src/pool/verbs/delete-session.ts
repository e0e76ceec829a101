import type { Clock } from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import type { HostSession, SessionHost } from '@sessionkeep/contracts/host'
import type { KeyedQueue } from '@sessionkeep/contracts/internal'
import type { ReplicaSet } from '@sessionkeep/replication'
import { createSession, type Session } from '../../sessions/session.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import { hostFailure } from '../host-failure.ts'
import { notFound, type SessionSources } from './require-session.ts'

/** Ends sessions. The record is deleted only after the session is gone, never while it may still live. */
export function createEnding(
  host: SessionHost,
  { table, tombstones, end, intend }: Sessions,
  replicas: ReplicaSet,
  clock: Clock,
) {
  const kill = async (hosted: HostSession, workspace: string): Promise<void> => {
    try {
      await host.kill(hosted)
    } catch (error) {
      throw hostFailure(error, workspace)
    }
  }
  return {
    /**
     * Kills a living session, then deletes its record. That the pool wants it is written first, so that a crash in between leaves
     * no record of a session that looks lost.
     */
    async killAndEnd(session: Session, reason: 'deleted' | 'idle' | 'terminated'): Promise<void> {
      session.phase = 'ending'
      if (session.intent?.ended.cause !== reason) {
        intend(session, reason)
        await replicas.acknowledge(session.hosted.sessionName)
      }
      try {
        await kill(session.hosted, session.workspace)
      } finally {
        if (session.phase === 'ending') session.phase = 'live'
        // Whether the session lives is seen in listings that begin from now on.
        if (session.intent) session.intent.since = clock.now()
      }
      if (table.has(session)) end(session, reason)
      await replicas.acknowledge(session.hosted.sessionName)
    },
    /** Removes the last screen of a session whose command has ended, then deletes its record. */
    async endExited(hosted: HostSession): Promise<void> {
      const { sessionName, incarnation, workspace = sessionName } = hosted
      await kill(hosted, workspace)
      const last = table.tombstone(sessionName)
      const revision = (last?.revision ?? 0) + 1
      const life = table.run
      table.noteDeleted(incarnation)
      tombstones.addForEnded(
        createSession({ workspace, hosted, phase: 'deleted', life, revision, seenAliveAt: clock.now() }),
      )
      await replicas.acknowledge(sessionName)
    },
  }
}

export type Ending = ReturnType<typeof createEnding>

/** Makes `deleteSession()`. */
export function createDeleteSession(sources: SessionSources, pool: string, queue: KeyedQueue, ending: Ending) {
  const { table, state, discovery, attach } = sources

  /** Deletes a session whose command has ended. It is no longer in memory, but its last screen is still on the host. */
  const deleteExited = async (workspace: string): Promise<boolean> => {
    const { hostError, reconciliation } = await discovery.discover()
    if (hostError && !table.get(workspace)) throw hostError
    const exited = reconciliation.exited.find((hosted) => hosted.pool === pool && hosted.workspace === workspace)
    if (!exited || table.get(workspace)) return false
    await ending.endExited(exited)
    return true
  }

  return async (workspace: string, { force = false }: { force?: boolean } = {}): Promise<void> => {
    state.assertRunning()
    state.assertOwner('Deleting a session')
    await attach()
    await queue.run(workspace, async () => {
      if (!table.get(workspace) && (await deleteExited(workspace))) return
      const session = table.get(workspace)
      if (!session) throw notFound(workspace)
      const { activeRequests } = session
      if (activeRequests > 0 && !force) {
        const message = `The session of ${workspace} has ${activeRequests} active request(s); wait, or delete it with { force: true }.`
        throw new PoolError('SESSION_BUSY', message, { context: { workspace, activeRequests } })
      }
      await ending.killAndEnd(session, 'deleted')
    })
  }
}

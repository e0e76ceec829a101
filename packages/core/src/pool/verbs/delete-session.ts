import { type Clock, checkOptions, MAX_TIMER_MS, strictOptions } from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import type { HostSession, SessionHost } from '@sessionkeep/contracts/host'
import type { KeyedQueue } from '@sessionkeep/contracts/internal'
import { hostFailure, once } from '@sessionkeep/contracts/internal'
import type { ReplicaSet } from '@sessionkeep/replication'
import * as z from 'zod'
import { createSession, type Session, statusOf } from '../../sessions/session.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import type { PoolState } from '../pool-state.ts'
import type { RequestVerbs } from './requests.ts'
import { notFound, type SessionSources } from './require-session.ts'

/** Ends sessions. The record is deleted only after the session is gone, never while it may still live. */
export function createEnding(
  host: SessionHost,
  { table, tombstones, ended: former, end, intend }: Sessions,
  replicas: ReplicaSet,
  state: PoolState,
  clock: Clock,
) {
  const kill = async (hosted: HostSession, workspace: string): Promise<void> => {
    state.assertNotClosed()
    try {
      await host.kill(hosted)
    } catch (error) {
      throw hostFailure(error, workspace)
    }
  }
  /** Waits until the deletion of a session is acknowledged, also under the other names that its record has. */
  const acknowledge = async (session: Session): Promise<void> => {
    const others = table.tombstones().filter(({ successor }) => successor === session)
    await Promise.all([session, ...others].map(({ hosted }) => replicas.acknowledge(hosted.sessionName)))
  }
  return {
    /**
     * Kills a living session, then deletes its record. The intent is written first, so that after a crash in between the record
     * does not look like that of a lost session.
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
        // Only listings that begin from now on show whether the session lives.
        if (session.intent) session.intent.since = clock.now()
      }
      if (table.has(session)) end(session, reason)
      await acknowledge(session)
    },
    /** Removes the last screen of a session whose command has ended, then deletes its record. */
    async endExited(hosted: HostSession): Promise<void> {
      const { sessionName, incarnation, workspace = sessionName } = hosted
      await kill(hosted, workspace)
      const last = former.records(workspace).find((record) => record.incarnation === incarnation)
      const revision = Math.max(table.tombstone(sessionName)?.revision ?? 0, last?.revision ?? 0) + 1
      const at = clock.date()
      const ended = { ended: { at, cause: 'deleted' }, expiresAt: at } as const
      const end = { phase: 'deleted', life: table.run, revision, toldFrom: revision, ...ended } as const
      table.noteDeleted(incarnation)
      const tombstone = createSession({ workspace, hosted, seenAliveAt: clock.now(), ...end })
      tombstones.addForEnded(tombstone)
      await acknowledge(tombstone)
      // Once each store has the end, all of them may remove the record.
      await acknowledge(tombstone)
    },
  }
}

export type Ending = ReturnType<typeof createEnding>

/** The options of `deleteSession()`. */
export interface DeleteOptions {
  /** End the session also while it has requests. @defaultValue false */
  readonly force?: boolean | undefined
  /**
   * How long to wait until the running requests have ended, ms. The session takes no new ones meanwhile. If some still run
   * then, `force` decides; without it, the session takes requests again. @defaultValue 0
   */
  readonly waitMs?: number | undefined
}

const deleteOptions = once(() =>
  strictOptions({ force: z.boolean(), waitMs: z.number().min(0).max(MAX_TIMER_MS) }).partial(),
)

/** Makes `deleteSession()`. */
export function createDeleteSession(
  sources: SessionSources,
  pool: string,
  queue: KeyedQueue,
  ending: Ending,
  setDraining: RequestVerbs['setDraining'],
  forgetEnded: (workspace: string) => Promise<boolean>,
) {
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

  /** Waits for at most `waitMs` until the running requests of a session have ended. No new ones begin meanwhile. */
  const drain = async (session: Session, waitMs: number, force: boolean): Promise<void> => {
    const { workspace } = session
    if (session.activeRequests === 0) return
    const wasDraining = statusOf(session) === 'draining'
    await setDraining(workspace, true)
    const isOver = () => session.activeRequests === 0 || !table.has(session) || !state.isRunning()
    await table.changes.until(isOver, waitMs)
    const goesOn = state.isStopped() || (session.activeRequests > 0 && !force)
    if (!goesOn || wasDraining || !table.has(session)) return
    if (!state.isStopped()) return setDraining(workspace, false)
    // A stopped pool deletes nothing any more, and the next one must not find a session that takes no requests.
    session.own.draining = false
    table.change(session)
  }

  return async (workspace: string, options: DeleteOptions = {}): Promise<void> => {
    state.assertRunning()
    state.assertOwner('Deleting a session')
    checkOptions('deleteSession()', deleteOptions(), options)
    const { force = false, waitMs = 0 } = options
    await attach()
    await queue.run(workspace, async () => {
      const present = table.get(workspace)
      if (present && waitMs > 0) await drain(present, waitMs, force)
      state.assertRunning()
      if (!table.get(workspace) && (await deleteExited(workspace))) return
      const session = table.get(workspace)
      if (!session && (await forgetEnded(workspace))) return
      if (!session) throw notFound(workspace)
      assertNotBusy(session, force)
      await ending.killAndEnd(session, 'deleted')
    })
  }
}

/** @throws `SESSION_BUSY` if the session has requests, unless `force` is given */
export function assertNotBusy({ workspace, activeRequests }: Session, force: boolean): void {
  if (activeRequests === 0 || force) return
  const message = `The session of ${workspace} has ${activeRequests} active request(s); wait, or give { force: true }.`
  throw new PoolError('SESSION_BUSY', message, { context: { workspace, activeRequests } })
}

import type { Clock, Logger } from '@sessionkeep/contracts'
import type { PoolError } from '@sessionkeep/contracts/errors'
import { createYielding, type KeyedQueue, waitAtMost } from '@sessionkeep/contracts/internal'
import type { ReplicaSet } from '@sessionkeep/replication'
import type { Discovery } from '../../discovery/discover.ts'
import { lastActivityOf, requestsOf, type Session, statusOf } from '../../sessions/session.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import type { PoolState } from '../pool-state.ts'
import type { ResolvedOptions } from '../resolve-options.ts'
import type { Ending } from './delete-session.ts'

/** The result of `reapNow()`. */
export interface ReapReport {
  /** The workspaces whose sessions were ended, because they were silent or had lived long enough. */
  readonly ended: readonly string[]
  /** The names of the sessions whose records had expired and were removed. */
  readonly expired: readonly string[]
}

/** How long `mayReap` may take, ms. A session without an answer by then is kept. */
const MAY_REAP_TIMEOUT_MS = 10_000

interface ReaperOptions {
  readonly sessions: Sessions
  readonly replicas: ReplicaSet
  readonly discovery: Discovery
  readonly ending: Ending
  readonly state: PoolState
  readonly queue: KeyedQueue
  readonly logger: Logger
  readonly clock: Clock
  readonly options: Pick<ResolvedOptions, 'role' | 'inactivityTimeoutMs' | 'maxLifeMs' | 'staleActiveMs' | 'mayReap'>
}

/** Makes the reaper, which ends sessions that nobody uses, removes expired records, and makes room when the pool is full. */
export function createReaper(given: ReaperOptions) {
  const { sessions, replicas, discovery, ending, state, queue, logger, clock, options } = given
  const { table, view, durabilityOf, announce } = sessions

  /**
   * Whether the session is known to be idle, from this run or from the complete record of an earlier one. A session without a
   * readable record may be at work.
   */
  const isKnownIdle = (session: Session): boolean => {
    const { own, outcome, past } = session
    if (own.work) return own.work === 'idle'
    if (outcome === 'created') return true
    return durabilityOf(session).verified && past?.status === 'idle'
  }

  /** Whether neither pool nor host has seen activity for at least `ms`. */
  const isSilentFor = (session: Session, ms: number): boolean => {
    const { silence } = session
    const isUntouched = silence.requests === requestsOf(session) && silence.at === lastActivityOf(session)
    return isUntouched && clock.now() - silence.since >= ms
  }

  /**
   * Whether a session may be ended, apart from its silence: this pool is proven to have created it, it is idle, and no client
   * is attached. A session that was `active` when its gateway died counts as at work.
   */
  const isFree = (session: Session): boolean => {
    const { phase, proven, activeRequests, hosted } = session
    const isUnused = isKnownIdle(session) && activeRequests === 0 && !hosted.attached && phase === 'live'
    return table.has(session) && proven && isUnused
  }

  /** Whether a session should be ended now, because it is silent or has lived long enough. */
  const isOver = (session: Session): boolean => {
    const { inactivityTimeoutMs, maxLifeMs } = options
    const bornAt = session.hosted.createdAt ?? session.derived.createdAt
    const isOld = maxLifeMs > 0 && clock.date() - bornAt >= maxLifeMs
    return isFree(session) && (isOld || (inactivityTimeoutMs > 0 && isSilentFor(session, inactivityTimeoutMs)))
  }

  const mayReap = async (session: Session): Promise<boolean> => {
    if (!options.mayReap) return true
    try {
      const answer = Promise.resolve(options.mayReap(view(session)))
      return (await waitAtMost(MAY_REAP_TIMEOUT_MS, answer, clock)) === true
    } catch (error) {
      logger.warn({ workspace: session.workspace, err: error }, 'mayReap failed - the session is left alone')
      return false
    }
  }

  /** Ends a session if it is due, and still is at the last moment. Returns whether it did. */
  const reap = async (session: Session, isDue: (session: Session) => boolean): Promise<boolean> => {
    if (!isDue(session)) return false
    // Called outside of the queue, so that a `mayReap` that never settles does not block the workspace.
    if (!(await mayReap(session))) return false
    return queue.run(session.workspace, async () => {
      // Checked again at the last moment, because there may have been a request or a client since.
      const { hostError } = await discovery.pollHost()
      if (hostError || state.isStopped() || !isDue(session)) return false
      await ending.killAndEnd(session, 'idle')
      return true
    })
  }

  const reapSafely = async (session: Session, isDue: (session: Session) => boolean): Promise<boolean> => {
    try {
      return await reap(session, isDue)
    } catch (error) {
      logger.warn({ workspace: session.workspace, err: error }, 'A silent session could not be ended')
      return false
    }
  }

  /**
   * Sets a session idle that a gateway left `active` when it died during a request: the session has no request of this run, all
   * stores have answered, and it has been silent for `staleActiveMs`.
   */
  const endStaleWork = (session: Session): void => {
    const { staleActiveMs } = options
    const isOpen = session.activeRequests > 0 || isKnownIdle(session) || !durabilityOf(session).verified
    if (staleActiveMs === 0 || isOpen || session.phase !== 'live' || !isSilentFor(session, staleActiveMs)) return
    const before = statusOf(session)
    session.own.work = 'idle'
    table.change(session)
    if (statusOf(session) !== before) announce(session, ['status'])
    logger.info(
      { workspace: session.workspace },
      'A session has been silent since its gateway ended - it counts as idle',
    )
  }

  /** The holder of a lock may have requests that this pool cannot see, so only the holder may end sessions. */
  const isLocked = (): boolean => replicas.all().some((replica) => replica.state() === 'locked')

  const round = async (): Promise<ReapReport & { readonly hostError?: PoolError | undefined }> => {
    const ended: string[] = []
    const { hostError, reconciliation } = await discovery.discover({ full: true })
    if (hostError || state.isStopped() || isLocked()) return { ended, expired: [], hostError }
    const expired = await discovery.expireOrphans(reconciliation.orphans)
    if (expired.length > 0)
      logger.info({ count: expired.length, names: expired.slice(0, 20) }, 'Expired records removed')
    await replicas.flush()
    const yieldToEventLoop = createYielding()
    for (const session of table.living()) {
      endStaleWork(session)
      await yieldToEventLoop()
      if (await reapSafely(session, isOver)) ended.push(session.workspace)
    }
    return { ended, expired }
  }

  return {
    /** Cleans up once: deletes expired records, and ends sessions that are silent or have lived long enough. */
    async cleanUp(): Promise<void> {
      if (options.role !== 'observer') await round()
    },

    async reapNow(): Promise<ReapReport> {
      state.assertRunning()
      state.assertOwner('Ending silent sessions')
      const { hostError, ...report } = await round()
      if (hostError) throw hostError
      return report
    },

    /** Ends the session that has been silent longest among those that may be ended. Returns whether there was one. */
    async evictIdle(): Promise<boolean> {
      if (isLocked()) return false
      const longestSilentFirst = table.living().sort((a, b) => a.silence.since - b.silence.since)
      for (const session of longestSilentFirst) if (await reapSafely(session, isFree)) return true
      return false
    },
  }
}

export type Reaper = ReturnType<typeof createReaper>

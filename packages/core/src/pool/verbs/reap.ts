import type { Clock, Logger } from '@sessionkeep/contracts'
import { type KeyedQueue, waitAtMost } from '@sessionkeep/contracts/internal'
import type { ReplicaSet } from '@sessionkeep/replication'
import type { Discovery } from '../../discovery/discover.ts'
import { lastActivityOf, requestsOf, type Session } from '../../sessions/session.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import type { PoolState } from '../pool-state.ts'
import type { ResolvedOptions } from '../resolve-options.ts'
import type { Ending } from './delete-session.ts'

/** How long `mayReap` may take, ms. A session without an answer by then is kept. */
const MAY_REAP_TIMEOUT_MS = 10_000

interface CleanupOptions {
  readonly sessions: Sessions
  readonly replicas: ReplicaSet
  readonly discovery: Discovery
  readonly ending: Ending
  readonly state: PoolState
  readonly queue: KeyedQueue
  readonly logger: Logger
  readonly clock: Clock
  readonly options: Pick<ResolvedOptions, 'role' | 'inactivityTimeoutMs' | 'mayReap'>
}

/** Makes the function that cleans up once: it deletes expired records, and ends silent sessions if `inactivityTimeoutMs` is set. */
export function createCleanup(given: CleanupOptions) {
  const { sessions, replicas, discovery, ending, state, queue, logger, clock, options } = given
  const { table, view, durabilityOf } = sessions

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

  /**
   * Whether a session may be ended: neither pool nor host has seen activity for long enough, by the monotonic clock of this
   * run; it is proven to be of this pool; it is idle, and no client is attached. A session that was `active` when its gateway
   * died counts as at work.
   */
  const isSilent = (session: Session): boolean => {
    const { silence, phase, proven, activeRequests, hosted } = session
    const isUntouched = silence.requests === requestsOf(session) && silence.at === lastActivityOf(session)
    const isQuiet = isUntouched && clock.now() - silence.since >= options.inactivityTimeoutMs
    const isFree = isKnownIdle(session) && activeRequests === 0 && !hosted.attached && phase === 'live'
    return table.has(session) && proven && isQuiet && isFree
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

  const reap = async (session: Session): Promise<void> => {
    // Called outside of the queue, so that a `mayReap` that never settles does not block the workspace.
    if (!(await mayReap(session))) return
    await queue.run(session.workspace, async () => {
      // Checked again at the last moment, because there may have been a request or a client since.
      const { hostError } = await discovery.pollHost()
      if (hostError || state.isStopped() || !isSilent(session)) return
      await ending.killAndEnd(session, 'idle')
    })
  }

  return async (): Promise<void> => {
    if (options.role === 'observer') return
    const { hostError, reconciliation } = await discovery.discover({ full: true })
    // The holder of the lock may have requests that this pool cannot see, so only the holder may end sessions.
    const isLocked = replicas.all().some((replica) => replica.state() === 'locked')
    if (hostError || state.isStopped() || isLocked) return
    const expired = await discovery.expireOrphans(reconciliation.orphans)
    if (expired.length > 0)
      logger.info({ count: expired.length, names: expired.slice(0, 20) }, 'Expired records removed')
    await replicas.flush()
    if (options.inactivityTimeoutMs === 0) return
    for (const session of table.living()) {
      try {
        if (isSilent(session)) await reap(session)
      } catch (error) {
        logger.warn({ workspace: session.workspace, err: error }, 'A silent session could not be ended')
      }
    }
  }
}

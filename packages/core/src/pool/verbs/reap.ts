import type { Clock } from '../../base/clock.ts'
import type { KeyedQueue } from '../../base/queues.ts'
import { waitAtMost } from '../../base/timeout.ts'
import type { Logger } from '../../contracts/logger.ts'
import type { Discovery } from '../../discovery/discover.ts'
import type { ReplicaSet } from '../../replication/replicas.ts'
import { lastActivityOf, requestsOf, type Session } from '../../sessions/session.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import type { PoolState } from '../pool-state.ts'
import type { ResolvedOptions } from '../resolve-options.ts'
import type { Ending } from './delete-session.ts'

/** The most that `mayReap` may take, ms; a session it has no answer for in time is spared. */
const MAY_REAP_MS = 10_000

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

/** One round of cleaning: expired records are removed, and, where that is switched on, silent sessions are ended. */
export function createCleanup(given: CleanupOptions) {
  const { sessions, replicas, discovery, ending, state, queue, logger, clock, options } = given
  const { table, view, durabilityOf } = sessions

  /**
   * Whether somebody knows that it is not at work: this run, which saw its last request end, or the record of an earlier
   * one. What cannot be read, was drained in the middle of something, or was never recorded, may be at work.
   */
  const isKnownIdle = (session: Session): boolean => {
    const { own, outcome, past } = session
    if (own.work) return own.work === 'idle'
    if (outcome === 'created') return true
    return durabilityOf(session).verified && past?.status === 'idle'
  }

  /**
   * Silent for long enough, by the monotonic clock of this run, to the pool and to the host; proven ours; nobody at work
   * or looking. A session left `active` by a gateway that died in the middle of a request counts as at work.
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
      const asking = Promise.resolve(options.mayReap(view(session)))
      return (await waitAtMost(MAY_REAP_MS, asking, clock)) === true
    } catch (error) {
      logger.warn({ workspace: session.workspace, err: error }, 'mayReap failed - the session is left alone')
      return false
    }
  }

  const reap = async (session: Session): Promise<void> => {
    // Asked outside of the queue: an answer that never comes holds up nobody.
    if (!(await mayReap(session))) return
    await queue.run(session.workspace, async () => {
      // Asked again at the last moment: a poll of the host, a request or a client since then spares it.
      const { hostError } = await discovery.pollHost()
      if (hostError || state.isStopped() || !isSilent(session)) return
      await ending.killAndEnd(session, 'idle')
    })
  }

  return async (): Promise<void> => {
    if (options.role === 'observer') return
    const { hostError, reconciliation } = await discovery.discover({ full: true })
    // Whoever holds the lock has requests that this pool cannot see; ending and expiring is for that one.
    const isLocked = replicas.all().some((replica) => replica.state() === 'locked')
    if (hostError || state.isStopped() || isLocked) return
    const expired = discovery.expireOrphans(reconciliation.orphans)
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

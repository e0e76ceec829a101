import { type Clock, type Logger, MAX_TIMER_MS } from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import { backoffMs, createTimers, isProvenOf, type KeyedQueue, waitAtMost } from '@sessionkeep/contracts/internal'
import type { ReplicaSet } from '@sessionkeep/replication'
import type { Discovery } from '../discovery/discover.ts'
import type { HostPoller } from '../discovery/poll-host.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { PoolState } from './pool-state.ts'
import type { ResolvedOptions } from './resolve-options.ts'
import type { Persistence } from './stores/persistence-verbs.ts'
import type { Ending } from './verbs/delete-session.ts'

/** The result of `stop()`. */
export interface StopReport {
  /** The number of sessions whose latest state at least one store has acknowledged. */
  readonly saved: number
  /** The names of sessions whose latest state or end no store has acknowledged. Empty when no active store retains records, and for an observer. */
  readonly unsaved: readonly string[]
}

/** The result of `terminate()`. */
export interface TerminateReport extends StopReport {
  /** The workspaces whose sessions were ended. */
  readonly terminated: readonly string[]
  /** The workspaces whose sessions could not be ended. Their records stay. */
  readonly failed: readonly string[]
  /** The workspaces of sessions that no pool created, and that were taken in by their name. They go on. */
  readonly spared: readonly string[]
}

interface StopOptions {
  readonly timeoutMs?: number
}

const DEFAULT_STOP_TIMEOUT_MS = 5000

/** The time-out of a stop, ms. Stopping must never be refused, so an invalid time-out means the default. */
function timeoutOf(options: StopOptions | null | undefined): number {
  const timeoutMs = options?.timeoutMs
  return Number.isFinite(timeoutMs) ? Math.min(Number(timeoutMs), MAX_TIMER_MS) : DEFAULT_STOP_TIMEOUT_MS
}

const FIRST_RETRY_MS = 200
/** The pool polls the host after this part of the liveness interval, so that a request seldom has to wait for a poll. */
const POLL_AFTER = 0.75

interface LifecycleParts {
  readonly sessions: Sessions
  readonly replicas: ReplicaSet
  readonly host: HostPoller
  readonly discovery: Discovery
  readonly persistence: Persistence
  readonly ending: Ending
  readonly state: PoolState
  readonly queue: KeyedQueue
  /** Runs one round of cleaning up. */
  readonly cleanup: () => Promise<void>
  /** Called when the pool stops, before running calls are waited for. */
  readonly onStop: () => void
  /** Called when the report of `stop()` is made. */
  readonly onReported: () => void
  readonly logger: Logger
  readonly clock: Clock
  readonly options: Pick<ResolvedOptions, 'host' | 'role' | 'livenessIntervalMs' | 'cleanupIntervalMs'>
}

/** Starts a pool, runs its timers, and ends it. */
export function createLifecycle(parts: LifecycleParts) {
  const { sessions, replicas, host, discovery, persistence, ending, state, queue, cleanup, logger, clock } = parts
  const { table, durabilityOf, pool } = sessions
  const { role, livenessIntervalMs, cleanupIntervalMs } = parts.options
  const timers = createTimers(clock)
  let stopWatching: (() => void) | undefined
  let started: Promise<void> | undefined
  let stopping: Promise<StopReport> | undefined

  const background = (what: string) => (error: unknown) => {
    logger.error({ err: error }, `${what} failed - it will be tried again`)
  }

  const startTimers = (): void => {
    let failures = host.hasListed() ? 0 : 1
    const poll = async (): Promise<void> => {
      const { hostError, incomplete } = await discovery.pollHost()
      failures = hostError ? failures + 1 : 0
      // Not awaited, so that a store that hangs does not delay the next poll.
      if (incomplete) discovery.discover().catch(background('Reading the stores'))
    }
    const untilPoll = () =>
      failures === 0
        ? livenessIntervalMs * POLL_AFTER
        : backoffMs(failures, { minMs: Math.min(FIRST_RETRY_MS, livenessIntervalMs), maxMs: livenessIntervalMs })
    const onChange = () => {
      if (!state.isStopped()) poll().catch(background('Polling the host'))
    }
    stopWatching = parts.options.host.watch?.(onChange)
    timers.repeat(poll, untilPoll, background('Polling the host'))
    timers.repeat(cleanup, () => cleanupIntervalMs, background('Cleaning up'))
  }

  const start = async (): Promise<void> => {
    await persistence.attach()
    if (state.isStopped()) throw new PoolError('POOL_STOPPED', 'The pool was stopped before it had started.')
    startTimers()
    const { desired, effective } = persistence.persistence()
    const { stores, reason } = effective
    const fields = { pool, sessions: table.size(), stores, layer: desired.layer, reason }
    logger.info({ ...fields, host: host.state().state }, 'Pool started')
  }

  const stop = async (timeoutMs: number): Promise<StopReport> => {
    const until = clock.now() + timeoutMs
    const left = () => Math.max(1, until - clock.now())
    state.become('stopped')
    table.changes.tell()
    timers.stop()
    parts.onStop()
    stopWatching?.()
    // Flush and retry at once, because waiting for running verbs may take all the time there is.
    void replicas.flush()
    for (const replica of replicas.all()) void replica.retryNow()
    await waitAtMost(left(), Promise.all([persistence.stop(), queue.idle()]), clock)
    state.become('closed')
    replicas.distribute()
    // All at the same time, so that a detached store that hangs takes no time from the active ones.
    const isUnsaved = () => reportStop().unsaved.length > 0
    const detached = replicas.all().map((replica) => replica.detach(left(), isUnsaved))
    await Promise.all([persistence.drained(left()), ...detached])
    discovery.end()
    const report = reportStop()
    parts.onReported()
    try {
      await waitAtMost(left(), Promise.resolve(parts.options.host.close?.()), clock)
    } catch (error) {
      logger.warn({ err: error }, 'The host could not be closed')
    }
    replicas.stopFlushing()
    return report
  }

  const reportStop = (): StopReport => {
    const living = table.living()
    const unsaved = living.filter((session) => !durabilityOf(session).saved)
    const saved = living.length - unsaved.length
    if (replicas.retaining().length === 0 || role !== 'owner') return { saved, unsaved: [] }
    const ends = table.tombstones().filter(({ hosted, successor }) => {
      const isOfGone = !successor || successor.phase === 'deleted'
      return isOfGone && replicas.isOwedByAll(hosted.sessionName)
    })
    const names = [...unsaved, ...ends.map((one) => one.successor ?? one)].map(({ hosted }) => hosted.sessionName)
    return { saved, unsaved: [...new Set(names)] }
  }

  return {
    /** Later calls share the result of the first one, unless that was a rejection. */
    start(): Promise<void> {
      state.assertRunning()
      started ??= start().catch((error: unknown) => {
        started = undefined
        throw error
      })
      return started
    },

    stop(options?: StopOptions): Promise<StopReport> {
      stopping ??= stop(timeoutOf(options))
      return stopping
    },

    async terminate(options?: StopOptions): Promise<TerminateReport> {
      const timeoutMs = timeoutOf(options)
      state.assertRunning()
      state.assertOwner('Terminating')
      await persistence.attach()
      // From here on no session is created; running creations are waited for.
      state.become('terminating')
      table.changes.tell()
      await waitAtMost(timeoutMs, queue.idle(), clock)
      const { hostError, reconciliation } = await discovery.discover({ full: true })
      if (hostError) {
        state.become('running')
        throw hostError
      }
      const terminated: string[] = []
      const failed: string[] = []
      const living = table.living()
      const end = async (workspace: string, kill: () => Promise<void>): Promise<void> => {
        try {
          await queue.run(workspace, kill)
          terminated.push(workspace)
        } catch (error) {
          logger.error({ workspace, err: error }, 'A session could not be terminated')
          failed.push(workspace)
        }
      }
      const own = living.filter(({ proven }) => proven)
      // All at the same time, so that a store that hangs takes its time only once.
      for (const session of own) sessions.intend(session, 'terminated')
      await Promise.all(own.map(({ hosted }) => replicas.acknowledge(hosted.sessionName)))
      for (const session of own) {
        await end(session.workspace, () => ending.killAndEnd(session, 'terminated'))
      }
      for (const hosted of reconciliation.exited.filter((one) => isProvenOf(pool, one))) {
        await end(hosted.workspace ?? hosted.sessionName, () => ending.endExited(hosted))
      }
      const spared = living.filter(({ proven }) => !proven).map(({ workspace }) => workspace)
      stopping ??= stop(timeoutMs)
      return { ...(await stopping), terminated, failed, spared }
    },
  }
}

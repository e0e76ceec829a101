import { backoffMs } from '../base/backoff.ts'
import type { Clock } from '../base/clock.ts'
import { MAX_TIMER_MS } from '../base/option-types.ts'
import type { KeyedQueue } from '../base/queues.ts'
import { waitAtMost } from '../base/timeout.ts'
import { createTimers } from '../base/timers.ts'
import type { Logger } from '../contracts/logger.ts'
import type { Discovery } from '../discovery/discover.ts'
import type { HostPoller } from '../discovery/poll-host.ts'
import { PoolError } from '../errors/pool-error.ts'
import type { ReplicaSet } from '../replication/replicas.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { PoolState } from './pool-state.ts'
import type { ResolvedOptions } from './resolve-options.ts'
import type { Persistence } from './stores/persistence-verbs.ts'
import type { Ending } from './verbs/delete-session.ts'

/** What `stop()` leaves behind. */
export interface StopReport {
  /** Sessions whose latest state a store has acknowledged. */
  readonly saved: number
  /** Session names of which the latest state, or the end, is in no store. Empty where nothing is to be kept. */
  readonly unsaved: readonly string[]
}

/** What `terminate()` did. */
export interface TerminateReport extends StopReport {
  /** Workspaces whose sessions were ended. */
  readonly terminated: readonly string[]
  /** Workspaces whose sessions could not be ended; their records stay. */
  readonly failed: readonly string[]
  /** Workspaces of sessions that are ours by their name alone; they go on. */
  readonly spared: readonly string[]
}

interface StopOptions {
  readonly timeoutMs?: number
}

const STOP_MS = 5000

/** A stop is refused for nothing: what is no number of milliseconds is the default. */
function deadlineOf(options: StopOptions | null | undefined): number {
  const timeoutMs = options?.timeoutMs
  return Number.isFinite(timeoutMs) ? Math.min(Number(timeoutMs), MAX_TIMER_MS) : STOP_MS
}

const FIRST_RETRY_MS = 200
/** The host is polled before a session counts as not seen for too long: else requests would wait for each poll. */
const POLL_AHEAD = 0.75

interface LifecycleParts {
  readonly sessions: Sessions
  readonly replicas: ReplicaSet
  readonly host: HostPoller
  readonly discovery: Discovery
  readonly persistence: Persistence
  readonly ending: Ending
  readonly state: PoolState
  readonly queue: KeyedQueue
  /** One round of cleaning. */
  readonly cleanup: () => Promise<void>
  readonly logger: Logger
  readonly clock: Clock
  readonly options: Pick<ResolvedOptions, 'host' | 'role' | 'livenessIntervalMs' | 'cleanupIntervalMs'>
}

/** How a pool starts, what it does by itself while it runs, and how it ends. */
export function createLifecycle(parts: LifecycleParts) {
  const { sessions, replicas, host, discovery, persistence, ending, state, queue, cleanup, logger, clock } = parts
  const { table, durabilityOf, pool } = sessions
  const { role, livenessIntervalMs, cleanupIntervalMs } = parts.options
  const timers = createTimers(clock)
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
      // Behind the poll, so that a store that hangs does not keep the pool from noticing what ends.
      if (incomplete) discovery.discover().catch(background('Looking at the stores'))
    }
    const untilPoll = () =>
      failures === 0
        ? livenessIntervalMs * POLL_AHEAD
        : backoffMs(failures, { minMs: Math.min(FIRST_RETRY_MS, livenessIntervalMs), maxMs: livenessIntervalMs })
    timers.repeat(poll, untilPoll, background('Looking at the sessions'))
    timers.repeat(cleanup, () => cleanupIntervalMs, background('Cleaning up'))
  }

  const start = async (): Promise<void> => {
    await persistence.attach()
    if (state.isStopped()) throw new PoolError('POOL_STOPPED', 'The pool was stopped before it had started.')
    startTimers()
  }

  const stop = async (timeoutMs: number): Promise<StopReport> => {
    const until = clock.now() + timeoutMs
    const left = () => Math.max(1, until - clock.now())
    state.become('stopped')
    timers.stop()
    // First what is known now: what is being made may take the whole time there is.
    void replicas.flush()
    await waitAtMost(left(), Promise.all([persistence.stop(), queue.idle()]), clock)
    replicas.distribute()
    // Beside each other: one that was detached and hangs takes no time from those that are relied on.
    await Promise.all([persistence.drained(left()), ...replicas.all().map((replica) => replica.detach(left()))])
    const report = reportStop()
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
    const stores = replicas.retaining()
    if (stores.length === 0 || role !== 'owner') return { saved, unsaved: [] }
    // Ends that no store has been told of.
    const untold = table
      .tombstones()
      .filter((tombstone) => stores.every(({ slots }) => slots.owed(tombstone.hosted.sessionName, tombstone)))
    const names = [...unsaved, ...untold].map(({ hosted }) => hosted.sessionName)
    return { saved, unsaved: names }
  }

  return {
    /** Idempotent: later calls share the first one's outcome, unless that was a rejection. */
    start(): Promise<void> {
      state.assertRunning()
      started ??= start().catch((error: unknown) => {
        started = undefined
        throw error
      })
      return started
    },

    stop(options?: StopOptions): Promise<StopReport> {
      stopping ??= stop(deadlineOf(options))
      return stopping
    },

    async terminate(options?: StopOptions): Promise<TerminateReport> {
      const timeoutMs = deadlineOf(options)
      state.assertRunning()
      state.assertOwner('Terminating')
      await persistence.attach()
      // What is being made is waited for, and nothing more is made.
      state.become('terminating')
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
      for (const session of living.filter(({ proven }) => proven)) {
        await end(session.workspace, () => ending.killAndEnd(session, 'terminated'))
      }
      for (const hosted of reconciliation.exited.filter((one) => one.pool === pool)) {
        await end(hosted.workspace ?? hosted.sessionName, () => ending.endExited(hosted))
      }
      const spared = living.filter(({ proven }) => !proven).map(({ workspace }) => workspace)
      stopping ??= stop(timeoutMs)
      return { ...(await stopping), terminated, failed, spared }
    },
  }
}

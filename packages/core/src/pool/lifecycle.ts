import { performance } from 'node:perf_hooks'
import { backoffMs } from '../base/backoff.ts'
import { MAX_TIMER_MS } from '../base/option-types.ts'
import { atMost } from '../base/timeout.ts'
import { createTimers } from '../base/timers.ts'
import { PoolError } from '../errors/pool-error.ts'
import { assertOwner, assertRunning } from '../sessions/pool-core.ts'
import { endExited, killAndEnd } from './verbs/delete-session.ts'
import { createCleanup } from './verbs/reap.ts'
import type { Verbs } from './verbs/verbs.ts'

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
  readonly deadlineMs?: number
}

const STOP_MS = 5000

/** A stop is refused for nothing: what is no number of milliseconds is the default. */
function deadlineOf(options: StopOptions | null | undefined): number {
  const deadlineMs = options?.deadlineMs
  return Number.isFinite(deadlineMs) ? Math.min(Number(deadlineMs), MAX_TIMER_MS) : STOP_MS
}

const FIRST_RETRY_MS = 200
/** Looked for again before a session counts as not seen for too long: else requests would wait for each look. */
const LOOK_AHEAD = 0.75

export function createLifecycle(verbs: Verbs) {
  const { core, queue, attach, persistence, look, survey } = verbs
  const timers = createTimers()
  const cleanup = createCleanup(verbs)
  let started: Promise<void> | undefined
  let stopping: Promise<StopReport> | undefined

  const background = (what: string) => (error: unknown) => {
    core.logger.error({ err: error }, `${what} failed - it will be tried again`)
  }

  const startTimers = (): void => {
    const { livenessIntervalMs, cleanupIntervalMs } = core.options
    let failures = core.hostListed ? 0 : 1
    const lookAfter = async (): Promise<void> => {
      const { hostError, incomplete } = await look()
      failures = hostError ? failures + 1 : 0
      // Behind the look, so that a store that hangs does not keep the pool from noticing what ends.
      if (incomplete) survey().catch(background('Looking at the stores'))
    }
    const untilLook = () =>
      failures === 0
        ? livenessIntervalMs * LOOK_AHEAD
        : backoffMs(failures, { minMs: Math.min(FIRST_RETRY_MS, livenessIntervalMs), maxMs: livenessIntervalMs })
    timers.repeat(lookAfter, untilLook, background('Looking at the sessions'))
    timers.repeat(cleanup, () => cleanupIntervalMs, background('Cleaning up'))
  }

  const start = async (): Promise<void> => {
    await attach()
    if (core.stopped) throw new PoolError('POOL_STOPPED', 'The pool was stopped before it had started.')
    startTimers()
  }

  const stop = async (deadlineMs: number): Promise<StopReport> => {
    const until = performance.now() + deadlineMs
    const left = () => Math.max(1, until - performance.now())
    core.stopped = true
    timers.stop()
    // First what is known now: what is being made may take the whole time there is.
    void core.replicas.flush()
    await atMost(left(), Promise.all([persistence.stop(), queue.idle()]))
    core.replicas.distribute()
    // Beside each other: one that was let go and hangs takes no time from those that are relied on.
    await Promise.all([persistence.left(left()), ...core.replicas.all().map((replica) => replica.detach(left()))])
    const report = reportStop()
    try {
      await atMost(left(), Promise.resolve(core.options.host.close?.()))
    } catch (error) {
      core.logger.warn({ err: error }, 'The host could not be closed')
    }
    core.replicas.stopFlushing()
    return report
  }

  const reportStop = (): StopReport => {
    const entries = core.memory.all()
    const unsaved = entries.filter((entry) => !core.replicas.standing(entry).saved)
    const stores = core.replicas.retaining()
    const wanted = stores.length > 0 && core.options.role === 'owner'
    const untold = core.departures
      .names()
      .filter((name) => stores.every((store) => core.departures.get(name)?.pending.has(store)))
    const names = [...unsaved.map(({ session }) => session.sessionName), ...untold]
    return { saved: entries.length - unsaved.length, unsaved: wanted ? names : [] }
  }

  return {
    /** Idempotent: later calls share the first one's outcome, unless that was a rejection. */
    start(): Promise<void> {
      assertRunning(core)
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
      const deadlineMs = deadlineOf(options)
      assertRunning(core)
      assertOwner(core, 'Terminating')
      await attach()
      // What is being made is waited for, and nothing more is made.
      core.terminating = true
      await atMost(deadlineMs, queue.idle())
      const { hostError, reconciliation } = await survey({ full: true })
      if (hostError) {
        core.terminating = false
        throw hostError
      }
      const terminated: string[] = []
      const failed: string[] = []
      const entries = core.memory.all()
      const end = async (workspace: string, kill: () => Promise<void>): Promise<void> => {
        try {
          await queue.run(workspace, kill)
          terminated.push(workspace)
        } catch (error) {
          core.logger.error({ workspace, err: error }, 'A session could not be terminated')
          failed.push(workspace)
        }
      }
      for (const entry of entries.filter(({ proven }) => proven)) {
        await end(entry.workspace, () => killAndEnd(core, entry, 'terminated'))
      }
      for (const session of reconciliation.exited.filter(({ pool }) => pool === core.key)) {
        await end(session.workspace ?? session.sessionName, () => endExited(core, session))
      }
      const spared = entries.filter(({ proven }) => !proven).map(({ workspace }) => workspace)
      stopping ??= stop(deadlineMs)
      return { ...(await stopping), terminated, failed, spared }
    },
  }
}

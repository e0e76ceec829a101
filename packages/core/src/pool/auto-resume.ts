import type { Clock, Logger } from '@sessionkeep/contracts'
import { createTimers, forEachYielding } from '@sessionkeep/contracts/internal'
import type { ReplicaSet } from '@sessionkeep/replication'
import { isLost, type ResumePlan, type ResumeStep } from '@sessionkeep/resume'
import type { Discovery } from '../discovery/discover.ts'
import { SHUTDOWN_GRACE_MS } from '../discovery/orphans.ts'
import type { Events } from '../sessions/events.ts'
import { triesOf } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { PoolState } from './pool-state.ts'
import type { ResolvedOptions } from './resolve-options.ts'
import type { Resume } from './verbs/resume.ts'

interface AutoResumeParts {
  readonly sessions: Sessions
  readonly replicas: ReplicaSet
  readonly discovery: Discovery
  readonly resume: Resume
  readonly state: PoolState
  readonly events: Events
  readonly logger: Logger
  readonly clock: Clock
  readonly options: Pick<ResolvedOptions, 'resume' | 'role' | 'livenessIntervalMs'>
}

/** Reasons that may pass without a change that this pool sees, so that the plan is made again after a while. */
const PASSING = new Set<unknown>(['unverified', 'limit', 'key', 'check', 'cwd', 'unstamped', 'foreign', 'survivor'])

/** The facts that identify one end. A workspace may lose its session again, and the cause of an end may change later. */
interface End {
  readonly workspace: string
  readonly incarnation: string | undefined
  readonly cause: string | undefined
  readonly endedAt: number | undefined
}
const keyOf = ({ workspace, incarnation, cause, endedAt }: End): string =>
  [workspace, incarnation, cause, endedAt].join(' ')

/** Resumes lost sessions by itself, or offers to, as `resume.when` says; and clears the attempts of sessions that live on. */
export function createAutoResume(parts: AutoResumeParts) {
  const { sessions, replicas, discovery, resume, state, events, logger, clock, options } = parts
  const { when, backoff, crashed } = options.resume
  const timers = createTimers(clock)
  /** When the next plan is made, by `clock.now()`, since the clock of a machine is often set soon after its start. */
  let nextAt = 0
  /** The sessions that were offered already, by incarnation. */
  let offered: ReadonlySet<string | undefined> = new Set()
  /** The ends that the last plan has considered, by `keyOf()`. */
  let planned: ReadonlySet<string> = new Set()

  const isWatching = (): boolean => (when === 'ask' || when === 'start') && options.role === 'owner'
  const isWaitingForLock = (): boolean => replicas.all().some((replica) => replica.state() === 'locked')

  /** The ends after which sessions come back by themselves. The cause of an end may become certain only long after it. */
  const wanted = (): string[] =>
    sessions.ended.lastRecords().flatMap(({ workspace, incarnation, ended }) => {
      const { cause, at: endedAt, exitCode } = ended ?? {}
      const isWanted = isLost(cause) || (crashed && cause === 'exited' && exitCode !== 0)
      return isWanted ? [keyOf({ workspace, incarnation, cause, endedAt })] : []
    })

  const offer = (plan: ResumePlan<unknown>): void => {
    const incarnations = plan.resume.map(({ incarnation }) => incarnation)
    if (incarnations.every((incarnation) => offered.has(incarnation))) return
    offered = new Set([...offered, ...incarnations])
    events.emit('resume:offered', { plan })
  }

  /** Lets the next plan be made after a while. A new end, which the last plan has not considered, makes `pass()` plan sooner. */
  const planAgain = (): void => {
    nextAt = Math.min(nextAt, clock.now() + backoff.minMs)
  }
  const isPassing = ({ why }: ResumeStep<unknown>): boolean => PASSING.has(why)

  const planAndDo = async (): Promise<void> => {
    const plan = await resume.planResume()
    planned = new Set([...planned, ...[...plan.resume, ...plan.offered, ...plan.blocked].map(keyOf)])
    const due = plan.blocked.flatMap(({ why, nextAt: at }) => (why === 'backing-off' && at !== undefined ? [at] : []))
    nextAt = Math.min(nextAt, ...due.map((at) => clock.now() + at - clock.date()))
    if (plan.host === 'unavailable' || plan.blocked.some(isPassing)) planAgain()
    if (plan.resume.length === 0) return
    if (when === 'ask') return offer(plan)
    const { resumed, failed, skipped } = await resume.resume(plan)
    if (failed.length > 0 || skipped.some(isPassing)) planAgain()
    const fields = { resumed: resumed.length, failed: failed.length }
    logger.info(fields, 'Lost sessions were resumed')
  }

  const pass = async (): Promise<void> => {
    const ends = wanted()
    const isDue = clock.now() >= nextAt || ends.some((end) => !planned.has(end))
    if (!isDue || isWaitingForLock()) return
    nextAt = Number.POSITIVE_INFINITY
    planned = new Set(ends)
    try {
      await planAndDo()
    } catch (error) {
      planAgain()
      throw error
    }
  }

  /** When `settleEnds()` last ran a discovery pass, by `clock.now()`. */
  let settledAt = Number.NEGATIVE_INFINITY
  /** Settles ends that may have been a part of a shutdown, once they have been open for long enough. */
  const settleEnds = async (): Promise<void> => {
    const due = clock.date() - SHUTDOWN_GRACE_MS
    const isDue = sessions.ended.lastRecords().some(({ ended }) => ended?.mayBeShutdown && ended.at <= due)
    if (!isDue || clock.now() - settledAt < SHUTDOWN_GRACE_MS || options.role !== 'owner') return
    settledAt = clock.now()
    await discovery.discover({ full: true })
  }

  /** Clears the attempts of sessions that have lived for long enough. */
  const clearTries = (): Promise<void> =>
    forEachYielding(sessions.table.living(), (session) => {
      const tries = triesOf(session)
      if (tries && sessions.table.has(session) && clock.date() - tries.lastAt >= backoff.steadyMs)
        sessions.clearTries(session)
    })

  return {
    /** Makes the first plan at once, in the background. */
    start(): void {
      const tick = async (): Promise<void> => {
        if (state.isStopped()) return
        await clearTries()
        await settleEnds()
        if (isWatching()) await pass()
      }
      const onError = (error: unknown) => {
        if (!state.isStopped()) logger.warn({ err: error }, 'Resuming sessions failed - it will be tried again')
      }
      tick().catch(onError)
      timers.repeat(tick, () => options.livenessIntervalMs, onError)
    },
    stop: timers.stop,
  }
}

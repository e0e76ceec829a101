import {
  type Clock,
  codeOf,
  type LaunchPlace,
  type Logger,
  type ResumeTries,
  type StoredRecord,
} from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import type { HostSession } from '@sessionkeep/contracts/host'
import { type AttributePatch, checkHosted, identityOf, isProvenOf, withTimeout } from '@sessionkeep/contracts/internal'
import type { ReplicaSet } from '@sessionkeep/replication'
import { assertGiven, keptPlace, lastPlace, placeOf } from '@sessionkeep/resume'
import type { Discovery } from '../../discovery/discover.ts'
import type { HostPoller } from '../../discovery/poll-host.ts'
import type { Reconciliation } from '../../discovery/reconcile-types.ts'
import type { SurroundingsReader } from '../../discovery/surroundings.ts'
import type { Session } from '../../sessions/session.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import type { PoolState } from '../pool-state.ts'
import type { ResolvedOptions } from '../resolve-options.ts'
import { endedAtOnce } from './ended-at-once.ts'
import { defined, type LaunchOptions } from './launch-options.ts'
import type { Launched } from './launched.ts'

interface CreatorOptions {
  readonly sessions: Sessions
  readonly replicas: ReplicaSet
  readonly poller: HostPoller
  readonly discovery: Discovery
  readonly state: PoolState
  readonly logger: Logger
  readonly clock: Clock
  readonly surroundings: SurroundingsReader
  readonly launched: Launched
  readonly options: Pick<ResolvedOptions, 'host' | 'ready' | 'readyTimeoutMs' | 'history'>
}

/** An ended session that is to go on, and the attempt that was noted for it. */
interface Resumed {
  readonly record: StoredRecord
  readonly tries: ResumeTries
  /** How long the new session must live after it is ready, ms. */
  readonly settleMs: number
}

interface WantedSession {
  readonly workspace: string
  /** The session that it resumes; undefined for a fresh one. */
  readonly resumed?: Resumed | undefined
  /** Whether `launch` gets no ended session as `previous`. */
  readonly isFresh?: boolean | undefined
  readonly sessionName: string
  readonly attributes: AttributePatch | undefined
  readonly launch: LaunchOptions
}

/** A session that the host created, and where and how its command was started. */
interface Made {
  readonly hosted: HostSession
  readonly place: LaunchPlace
}

/** The pause between two checks whether a resumed session lives, ms. */
const SETTLE_STEP_MS = 100

/** Makes the function that creates a session, waits until it is ready, and adds it to the pool. If the host already has the name, it uses or replaces that session. */
export function createSessionCreator({
  sessions,
  replicas,
  poller,
  discovery,
  state,
  logger,
  clock,
  surroundings,
  launched,
  options,
}: CreatorOptions) {
  const { host, ready, readyTimeoutMs } = options
  const { redact } = options.history
  const { table, ended, pool } = sessions

  /** The result of `launch` for a new session. */
  const launchOf = ({ workspace, attributes, resumed, isFresh }: WantedSession): Promise<LaunchOptions> => {
    const last = resumed?.record ?? (isFresh ? undefined : ended.lastRecord(workspace))
    const previous = last && ended.view(last)
    if (!resumed) return launched(workspace, attributes && Object.fromEntries(attributes), previous)
    // If the pool stops before the command was started, the attempt must not count. So it is given up while its record can still be written.
    return launched(workspace, previous?.attributes, previous, state.signal)
  }

  /** Refuses a session whose creation outlived `stop()`: it is in no report, and its attributes are in no store. */
  const assertOpen = (workspace: string): void => {
    if (!discovery.isOver()) return
    const message = `The pool was stopped while the session of ${workspace} was being created; the next pool finds the session.`
    throw new PoolError('POOL_STOPPED', message, { context: { workspace } })
  }

  const make = async (wanted: WantedSession, session: Session, createdAt: number): Promise<Made> => {
    const { workspace, sessionName, resumed } = wanted
    const byPool = await launchOf(wanted)
    const { cwd, env, command, cols, rows } = { ...lastPlace(resumed), ...byPool, ...defined(wanted.launch) }
    if (resumed) assertGiven(workspace, resumed, { env, command })
    state.assertNotClosed()
    const asked = { workspace, pool, createdAt, resumes: resumed?.record.incarnation, cwd, env, command, cols, rows }
    const [made] = await Promise.all([host.create(sessionName, asked) as unknown, surroundings.refresh()])
    const checked = checkHosted(made)
    const hosted = 'session' in checked ? checked.session : undefined
    if (hosted?.sessionName !== sessionName) {
      const message = `create() of the host ${host.name} did not return the session ${sessionName}. If it was created, the next discovery pass finds it.`
      throw new PoolError('HOST_UNAVAILABLE', message, { context: { workspace, sessionName } })
    }
    const place = {
      ...keptPlace(resumed, byPool, wanted.launch),
      ...placeOf(wanted.launch, { cwd, cols, rows }, redact),
    }
    session.hosted = hosted
    session.env = env
    if (hosted.exited) await rejectEnded(session, hosted)
    return { hosted, place }
  }

  /**
   * Clears away a new session whose command has ended, and throws an error that says how it ended. A listing that began before
   * must not find the session, because no event has reported its creation.
   */
  const rejectEnded = async (session: Session, { end }: HostSession): Promise<never> => {
    const { workspace, hosted, env } = session
    try {
      await host.kill(hosted)
      table.end(session, 'deleted')
    } catch (error) {
      table.setUnready(session)
      const fields = { workspace, sessionName: hosted.sessionName, err: error }
      logger.warn(fields, 'A session that ended at once could not be cleared away')
    }
    table.noteGone(workspace)
    throw endedAtOnce(workspace, end, env)
  }

  /** A session of this pool under that name that must not be used: its command has ended, or it never became ready. */
  const replaceable = ({ exited, findings }: Reconciliation, sessionName: string): HostSession | undefined => {
    const unready = findings.map(({ session }) => session).filter(table.isUnready)
    return [...exited, ...unready].find((hosted) => hosted.sessionName === sessionName && isProvenOf(pool, hosted))
  }

  /** Handles `SESSION_EXISTS`: uses the session if it belongs to this pool, replaces it if it is unusable, and otherwise throws `SESSION_FOREIGN`. */
  const takeOrReplace = async (wanted: WantedSession, session: Session, createdAt: number, cause: unknown) => {
    const { workspace, sessionName } = wanted
    const { hostError, reconciliation } = await discovery.discover({ creating: sessionName })
    assertOpen(workspace)
    if (hostError) throw hostError
    const present = table.get(workspace)
    if (present) return { session: present }
    const former = replaceable(reconciliation, sessionName)
    const { names, exited } = reconciliation
    // What remained of an ended session was cleared away meanwhile.
    if (!names.has(sessionName) && !exited.some((one) => one.sessionName === sessionName))
      return make(wanted, session, createdAt)
    if (!former) {
      const renamed = table.named(sessionName)
      const message = renamed
        ? `The session of ${renamed.workspace} was renamed to ${sessionName}; rename it back, or end it.`
        : `A session named ${sessionName} already exists and does not belong to this pool; end or rename it, or choose another sessionPrefix. If this pool had another poolId before, name it under formerly; if it had none, name the session prefix there.`
      throw new PoolError('SESSION_FOREIGN', message, { cause, context: { workspace, sessionName } })
    }
    // Closes the pane of an ended session alone: panes that a person added stay.
    if (former.exited) await host.bury?.(former)
    await host.kill(former)
    table.forgetUnready(former)
    return make(wanted, session, createdAt)
  }

  const untilReady = async (session: Session): Promise<void> => {
    if (!ready) return
    const { workspace, hosted } = session
    try {
      const waiting = async () => ready({ ...hosted, workspace })
      await withTimeout(readyTimeoutMs, undefined, waiting, { what: `ready() of ${workspace}`, clock })
    } catch (cause) {
      try {
        await host.kill(hosted)
        table.end(session, 'deleted')
      } catch (error) {
        table.setUnready(session)
        const fields = { workspace, sessionName: hosted.sessionName, err: error }
        logger.error(fields, 'A session that was not ready could not be ended')
      }
      const reason = cause instanceof Error ? cause.message : String(cause)
      const message = `The session of ${workspace} was created, did not become ready, and ${session.phase === 'unready' ? 'could not be' : 'was'} ended: ${reason}`
      throw new PoolError('SESSION_NOT_READY', message, { cause, context: { workspace } })
    }
  }

  /** Waits until a resumed session has lived for `settleMs`, or the host knows that it has ended. Rejects if it is gone after `settleMs`. */
  const untilSettled = async (session: Session, settleMs: number): Promise<void> => {
    const { hosted } = session
    const until = clock.now() + settleMs
    while (clock.now() < until) {
      await new Promise<void>((resolve) => clock.after(Math.min(SETTLE_STEP_MS, until - clock.now()), resolve, true))
      if (poller.hasEnded(hosted)) return
    }
    const listed = await poller.list()
    const found = listed instanceof PoolError ? hosted : listed.live.find(isSame(hosted))
    if (!found || found.exited) await rejectEnded(session, { ...hosted, ...found })
  }

  return async (wanted: WantedSession): Promise<Session> => {
    const { workspace, sessionName, attributes, resumed } = wanted
    const session = sessions.startCreating(workspace, sessionName, attributes)
    try {
      const createdAt = resumed?.tries.lastAt ?? clock.date()
      const made = await make(wanted, session, createdAt).catch((error: unknown) => {
        if (codeOf(error) !== 'SESSION_EXISTS') throw error
        return takeOrReplace(wanted, session, createdAt, error)
      })
      if ('session' in made) return made.session
      await untilReady(session)
      if (resumed) await untilSettled(session, resumed.settleMs)
      if (poller.hasEnded(session.hosted)) {
        const listed = await poller.list()
        const found = listed instanceof PoolError ? undefined : listed.live.find(isSame(session.hosted))
        await rejectEnded(session, { ...session.hosted, ...found })
      }
      assertOpen(workspace)
      const boot = surroundings.boot()
      const started = {
        ...(boot !== undefined && { boot }),
        ...(Object.keys(made.place).length > 0 && { place: made.place }),
      }
      sessions.finishCreating(session, made.hosted, createdAt, started, resumed?.record)
      if (resumed) session.tries = resumed.tries
    } finally {
      table.stopCreating(session, sessionName)
      table.changes.tell()
    }
    await replicas.acknowledge(session.hosted.sessionName)
    return session
  }
}

export type SessionCreator = ReturnType<typeof createSessionCreator>

const isSame = (one: HostSession) => (other: HostSession) => identityOf(one) === identityOf(other)

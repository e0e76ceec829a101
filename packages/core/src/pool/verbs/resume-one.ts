import {
  type Clock,
  type CodedError,
  codeOf,
  messageOf,
  type SessionNameCodec,
  type StoredRecord,
} from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import { hostFailure, patched } from '@sessionkeep/contracts/internal'
import type { ReplicaSet } from '@sessionkeep/replication'
import {
  type Asker,
  beginTry,
  createAnswerOf,
  createLine,
  failTry,
  type Keyed,
  keyConflict,
  keyedOf,
  type Obstacle,
  obstacleOf,
  type PlanInput,
  type ResolvedResume,
} from '@sessionkeep/resume'
import type { Events } from '../../sessions/events.ts'
import type { Session } from '../../sessions/session.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import type { ResolvedOptions } from '../resolve-options.ts'
import type { SessionCreator } from './create-session.ts'
import type { LaunchOptions } from './launch-options.ts'
import type { SessionSources } from './require-session.ts'

interface ResumerParts {
  readonly sources: SessionSources
  readonly sessions: Sessions
  readonly replicas: ReplicaSet
  readonly create: SessionCreator
  readonly codec: SessionNameCodec
  readonly events: Events
  readonly clock: Clock
  readonly options: Pick<ResolvedOptions, 'resume' | 'launch' | 'maxSessions' | 'readyTimeoutMs'>
}

/** How one session is resumed. */
export interface ResumeCall {
  readonly asker: Asker
  readonly launch: LaunchOptions
  /** Gives the resume up, if it still waits and nobody else has asked for the session. */
  readonly signal?: AbortSignal | undefined
}

/** Who else uses the name of an ended session, by session name. */
type Taken = ReadonlyMap<string, 'foreign' | 'unstamped'>

const RETRYABLE: ReadonlySet<string> = new Set(['backing-off', 'limit', 'unverified'])
/** Attempts that failed for one of these reasons are not counted: no session was started. */
const NOT_TRIED: ReadonlySet<unknown> = new Set(['SESSION_FOREIGN', 'NOT_RESUMABLE', 'CONFIG_INVALID', 'POOL_STOPPED'])

/** Makes the part that resumes single sessions. Making a plan and carrying it out ask the same questions about each session. */
export function createResumer(parts: ResumerParts) {
  const { sources, sessions, replicas, create, codec, events, clock, options } = parts
  const { table, ended, view } = sessions
  const { maxSessions, readyTimeoutMs } = options
  const answerOf = createAnswerOf(readyTimeoutMs, clock)
  const { check, prepare } = options.resume
  const resume: ResolvedResume = {
    ...options.resume,
    check(one) {
      // Without its attributes it would come back as another conversation.
      const { attributes } = ended.lastRecord(one.workspace) ?? {}
      if (attributes !== undefined && one.attributes === undefined)
        return { skip: 'its attributes fail the schema of this pool' }
      return check ? answerOf({ what: 'check', workspace: one.workspace, ask: () => check(one) }) : 'ok'
    },
  }
  const line = createLine({ concurrency: resume.concurrency, spacingMs: resume.spacingMs, clock })
  /** The sessions that are being resumed, by workspace. Each minds only the earlier ones, or two with one key would refuse each other. */
  const underWay = new Map<string, Keyed>()
  let taken: Taken = new Map()

  /** The sessions that are being created and resume no other one. */
  const fresh = (): Keyed[] =>
    table
      .creating()
      .filter(({ workspace }) => !underWay.has(workspace))
      .map(({ workspace, own }) => keyedOf({ workspace, attributes: patched({}, own.attributes) }))

  /** A store whose lock another pool holds, so that attempts could not be written there. */
  const lockedBy = (): string | undefined => replicas.all().find((replica) => replica.state() === 'locked')?.label

  const planInput = (
    survivorOf: PlanInput['survivorOf'],
    asker: Asker,
    launch?: LaunchOptions,
    earlier = [...underWay.values()],
  ): PlanInput => ({
    survivorOf,
    options: resume,
    now: clock.date(),
    free: maxSessions - table.size() - table.creatingCount(),
    living: () => [
      ...table.living().map((session) => keyedOf(view(session))),
      ...fresh(),
      ...earlier.filter((one) => underWay.get(one.workspace) === one),
    ],
    mayGive: {
      env: options.launch !== undefined || launch?.env !== undefined,
      command: options.launch !== undefined || launch?.command !== undefined,
    },
    unreadBy: (workspace) =>
      (asker === 'pool' ? lockedBy() : undefined) ?? sources.discovery.unreadBy(codec.encode(workspace) ?? ''),
    takenBy: (workspace) => (table.get(workspace) ? 'living' : taken.get(codec.encode(workspace) ?? '')),
    hasDirectory: sources.host.hasDirectory,
  })

  const refuse = (workspace: string, { why, detail }: Obstacle): PoolError => {
    const said = detail === undefined ? '' : `: ${detail}`
    const message = `The ended session of ${workspace} cannot be resumed (${why}${said}). For a fresh one, call getOrCreateSession() with resume: false.`
    const context = { workspace, why, ...(detail !== undefined && { detail }) }
    return new PoolError('NOT_RESUMABLE', message, { retryable: RETRYABLE.has(why), context })
  }

  /** Starts the session. Its attempt is in the record before that, so that it counts even if it takes the gateway down. */
  const attempt = async (record: StoredRecord, { launch }: ResumeCall, input: PlanInput, leave: () => void) => {
    const { workspace, sessionName } = record
    const previous = ended.view(record)
    const tries = beginTry(record.tries, clock.date(), resume.backoff)
    const noted = sources.discovery.noteTries(record, tries)
    await replicas.acknowledge(sessionName)
    try {
      if (prepare)
        await answerOf({ what: 'prepare', workspace, ask: () => prepare(previous), signal: sources.state.signal })
      sources.state.assertMayCreate()
      const conflict = keyConflict(previous, input)
      if (conflict) throw refuse(workspace, conflict)
      const resumed = { record: noted, tries, settleMs: resume.settleMs }
      // A session that was renamed comes back under the name of its workspace, which every gateway looks for.
      const ownName = codec.encode(workspace) ?? sessionName
      const creating = create({ workspace, sessionName: ownName, attributes: undefined, launch, resumed })
      // The session that is being created counts by itself now.
      leave()
      const session = await creating
      events.emit('session:resumed', { session: view(session), previous })
      return session
    } catch (thrown) {
      const error = hostFailure(thrown, workspace) as CodedError
      const isTried = !NOT_TRIED.has(codeOf(error))
      const living = table.get(workspace)
      if (!living) sources.discovery.noteTries(noted, isTried ? failTry(tries, messageOf(error)) : record.tries)
      const { nextAt, parked = false } = tries
      if (isTried) events.emit('session:resume-failed', { workspace, error, nextAt, parked })
      throw error
    }
  }

  /** The living session of a workspace, or else the record to resume if it is still the same one. */
  const latestOf = async ({ workspace, incarnation }: StoredRecord): Promise<Session | StoredRecord> => {
    sources.state.assertMayCreate()
    const { hostError, names } = await sources.discovery.pollHost()
    if (hostError) throw hostError
    // Sessions that had these names at the last plan may have ended since.
    taken = new Map([...taken].filter(([name]) => names.has(name)))
    const latest = table.get(workspace) ?? ended.lastRecord(workspace)
    if (!latest || (!('hosted' in latest) && latest.incarnation !== incarnation))
      throw refuse(workspace, { why: 'changed' })
    return latest
  }

  return {
    line,
    planInput,
    /** Notes which names of ended sessions others use, as a discovery pass found them. */
    noteTaken(foreign: readonly string[], unstamped: readonly string[]): void {
      const names = new Map<string, 'foreign' | 'unstamped'>(foreign.map((name) => [name, 'foreign']))
      for (const name of unstamped) names.set(name, 'unstamped')
      taken = names
    },
    /**
     * Resumes the session of a record, in the line and within the queue of its workspace. Returns the living session if there is
     * one by then.
     *
     * @throws `NOT_RESUMABLE` with the reason, and what creating a session throws.
     */
    async resume(record: StoredRecord, call: ResumeCall): Promise<Session> {
      const { workspace } = record
      const { asker, signal } = call
      const isAsked = asker !== 'pool'
      const givenUp = () => refuse(workspace, { why: 'changed', detail: 'the pass was given up' })
      if (signal?.aborted) throw givenUp()
      const onAbort = () => line.drop(workspace, givenUp())
      signal?.addEventListener('abort', onAbort, { once: true })
      // A session that somebody waits for keeps its place. One that the pool resumes by itself takes none while it waits.
      let leave = isAsked ? table.reserve() : undefined
      try {
        return await line.run(workspace, isAsked, async () => {
          const latest = await latestOf(record)
          if ('hosted' in latest) return latest
          const previous = ended.view(latest)
          const survivorOf = async () => (await sources.host.survivors([latest])).get(latest.incarnation ?? '')
          const input = { ...planInput(survivorOf, asker, call.launch), ...(leave && { free: 1 }) }
          // The place and the session are noted before the next wait, so that a concurrent resume sees them.
          leave ??= table.reserve()
          underWay.set(workspace, previous)
          const obstacle = await obstacleOf(previous, input, asker)
          if (obstacle) throw refuse(workspace, obstacle)
          return await attempt(latest, call, input, leave)
        })
      } finally {
        underWay.delete(workspace)
        leave?.()
        table.changes.tell()
        signal?.removeEventListener('abort', onAbort)
      }
    },
    refuse,
  }
}

export type Resumer = ReturnType<typeof createResumer>

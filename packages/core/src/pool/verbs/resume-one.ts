import {
  type Clock,
  type CodedError,
  codeOf,
  type LaunchPlace,
  messageOf,
  type StoredRecord,
} from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import type { ReplicaSet } from '@sessionkeep/replication'
import {
  type Asker,
  beginTry,
  createLine,
  failTry,
  type Keyed,
  type Obstacle,
  obstacleOf,
  type PlanInput,
} from '@sessionkeep/resume'
import type { Events } from '../../sessions/events.ts'
import type { SessionNameCodec } from '../../sessions/names.ts'
import type { Session } from '../../sessions/session.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import { hostFailure } from '../host-failure.ts'
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
  readonly options: Pick<ResolvedOptions, 'resume' | 'launch' | 'maxSessions'>
}

/** How one session is resumed. */
export interface ResumeCall {
  readonly asker: Asker
  readonly launch: LaunchOptions
}

/** What a session name of an ended session is used for by others, by session name. */
type Taken = ReadonlyMap<string, 'foreign' | 'unstamped'>

const RETRYABLE: ReadonlySet<string> = new Set(['backing-off', 'limit', 'unverified'])
/** Attempts that failed for one of these reasons are not counted: no session was started. */
const NOT_TRIED: ReadonlySet<unknown> = new Set(['SESSION_FOREIGN', 'NOT_RESUMABLE', 'CONFIG_INVALID'])

/** Makes what resumes single sessions. All that is said against it is asked for in the same way by a plan and at its turn. */
export function createResumer(parts: ResumerParts) {
  const { sources, sessions, replicas, create, codec, events, clock, options } = parts
  const { table, ended, view } = sessions
  const { resume, maxSessions } = options
  const line = createLine({ concurrency: resume.concurrency, spacingMs: resume.spacingMs, clock })
  /** The sessions that are being resumed, by workspace. */
  const underWay = new Map<string, Keyed>()
  let taken: Taken = new Map()

  const planInput = (launch?: LaunchOptions): PlanInput => ({
    options: resume,
    now: clock.date(),
    free: maxSessions - table.size() - table.creatingCount(),
    living: [...table.living().map((session) => keyedOf(view(session))), ...underWay.values()],
    hasLaunch: options.launch !== undefined || launch?.env !== undefined,
    unreadBy: (workspace) => sources.discovery.unreadBy(codec.encode(workspace) ?? ''),
    takenBy: (workspace) => (table.get(workspace) ? 'living' : taken.get(codec.encode(workspace) ?? '')),
    hasDirectory: sources.host.hasDirectory,
  })

  const refuse = (workspace: string, { why, detail }: Obstacle): PoolError => {
    const said = detail === undefined ? '' : `: ${detail}`
    const message = `The ended session of ${workspace} cannot be resumed (${why}${said}). For a fresh one, call getOrCreateSession() with resume: false.`
    return new PoolError('NOT_RESUMABLE', message, {
      retryable: RETRYABLE.has(why),
      context: { workspace, why, ...(detail !== undefined && { detail }) },
    })
  }

  /** Starts the session. Its attempt is in the record before that, so that it counts even if it takes the gateway down. */
  const attempt = async (record: StoredRecord, { launch }: ResumeCall): Promise<Session> => {
    const { workspace, sessionName } = record
    const previous = ended.view(record)
    const tries = beginTry(record.tries, clock.date(), resume.backoff)
    const noted = sources.discovery.noteTries(record, tries)
    await replicas.acknowledge(sessionName)
    try {
      await resume.prepare?.(previous)
      const resumed = { record: noted, tries, settleMs: resume.settleMs }
      const session = await create({ workspace, sessionName, attributes: undefined, launch, resumed })
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
    resume: (record: StoredRecord, call: ResumeCall): Promise<Session> =>
      line.run(record.workspace, call.asker !== 'pool', async () => {
        const { workspace } = record
        sources.state.assertMayCreate()
        const { hostError } = await sources.discovery.pollHost()
        if (hostError) throw hostError
        const living = table.get(workspace)
        if (living) return living
        const latest = ended.lastRecord(workspace)
        if (!latest || latest.incarnation !== record.incarnation) throw refuse(workspace, { why: 'changed' })
        const previous = ended.view(latest)
        const obstacle = await obstacleOf(previous, planInput(call.launch), call.asker)
        if (obstacle) throw refuse(workspace, obstacle)
        underWay.set(workspace, previous)
        try {
          return await attempt(latest, call)
        } finally {
          underWay.delete(workspace)
        }
      }),
    refuse,
  }
}

export type Resumer = ReturnType<typeof createResumer>

function keyedOf({ workspace, attributes, place }: Keyed & { readonly place?: LaunchPlace }): Keyed {
  return { workspace, ...(attributes !== undefined && { attributes }), ...(place && { place }) } as Keyed
}

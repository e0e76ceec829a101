import type { Clock, JsonObject, SessionNameCodec, StoredRecord } from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import {
  type AttributeCheck,
  type AttributePatch,
  hostFailure,
  invalidAttributes,
  type KeyedQueue,
  toPatch,
} from '@sessionkeep/contracts/internal'
import type { ReplicaSet } from '@sessionkeep/replication'
import type { Asker } from '@sessionkeep/resume'
import type { EndedSessions } from '../../sessions/ended-sessions.ts'
import type { SessionView } from '../../sessions/session.ts'
import { type Session, statusOf } from '../../sessions/session.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import type { ResolvedOptions } from '../resolve-options.ts'
import type { SessionCreator } from './create-session.ts'
import { endedAtOnce } from './ended-at-once.ts'
import { checkGetOrCreate, type GetOrCreateOptions, type LaunchOptions } from './launch-options.ts'
import type { SessionSources } from './require-session.ts'
import type { Resumer } from './resume-one.ts'
import type { Room } from './room.ts'

/** The result of `getOrCreateSession()`: a view of the session. */
export interface ReadySession<Attributes = JsonObject> extends SessionView<Attributes> {
  /** Whether this call created the session. Of several calls that waited for one creation, only the first has true, so that a new session is greeted once. */
  readonly created: boolean
  /** Whether this call resumed an ended session. Then `created` is true too, and `previous` says how that one had ended. */
  readonly resumed: boolean
}

interface Found {
  readonly session: Session
  readonly created: boolean
  readonly resumed?: boolean
}

/** Who asks for a session, and which ended one is meant. */
interface Demand {
  readonly asker: Asker
  /** The ended session that is to come back. @defaultValue the last one of the workspace, if the options of the pool say so */
  readonly record?: StoredRecord | undefined
  /** Gives up the resume while it waits. */
  readonly signal?: AbortSignal | undefined
}

interface GetOrCreateParts {
  readonly sources: SessionSources
  readonly view: Sessions['view']
  readonly create: SessionCreator
  readonly room: Room
  readonly resumer: Resumer
  readonly ended: EndedSessions
  readonly queue: KeyedQueue
  readonly codec: SessionNameCodec
  readonly replicas: ReplicaSet
  readonly check: AttributeCheck
  readonly clock: Clock
  readonly options: Pick<ResolvedOptions, 'livenessIntervalMs' | 'resume'>
}

/** Makes `getOrCreateSession()`. Concurrent calls for one workspace share one result. A call during a deletion waits for it, and then creates a new session. */
export function createGetOrCreateSession(parts: GetOrCreateParts) {
  const { sources, view, create, room, resumer, ended, queue, codec, replicas, check, clock, options: pool } = parts
  const { table, state, host, discovery, attach } = sources
  const underWay = new Map<string, Promise<Found>>()
  const lastFound = new WeakMap<
    Session,
    { readonly view: SessionView<unknown>; readonly ready: ReadySession<unknown> }
  >()

  const handOut = ({ session, created, resumed = false }: Found): ReadySession<unknown> => {
    if (statusOf(session) === 'draining') {
      const { workspace } = session
      const message = `The session of ${workspace} is draining; clear it with setDraining() or delete it.`
      throw new PoolError('SESSION_DRAINING', message, { context: { workspace } })
    }
    // A session that is asked for is not silent. The reaper checks this just before it ends a session.
    session.silence.since = clock.now()
    const made = { created, resumed }
    return created ? toReady(view(session), made) : found(session)
  }

  /** Makes the result for a session that was there, once for each view, because every request asks for it. */
  const found = (session: Session): ReadySession<unknown> => {
    const present = view(session)
    const former = lastFound.get(session)
    if (former?.view === present) return former.ready
    const ready = toReady(present, { created: false, resumed: false })
    lastFound.set(session, { view: present, ready })
    return ready
  }

  const wasSeenAlive = (session: Session): boolean =>
    session.phase === 'live' &&
    clock.now() - session.seenAliveAt <= pool.livenessIntervalMs &&
    !host.hasEnded(session.hosted)

  const findLiving = async (workspace: string): Promise<Session | undefined> => {
    const session = table.get(workspace)
    if (session && wasSeenAlive(session)) return session
    if (!session && host.hasListed()) return undefined
    const { hostError } = session ? await discovery.pollHost() : await discovery.discover()
    if (hostError) throw hostError
    return table.get(workspace)
  }

  /** The ended session that a call brings back; undefined if it makes a fresh one. */
  const toResume = (workspace: string, options: GetOrCreateOptions, { record }: Demand): StoredRecord | undefined => {
    if (record) return record
    if (options.resume === false || pool.resume.when === 'never') return undefined
    const last = ended.lastRecord(workspace)
    // A store that is silent may know more of the session, and a request waits for no store.
    const isUnread = () => discovery.unreadBy(codec.encode(workspace) ?? '') !== undefined
    return !last || last.ended?.cause === 'replaced' || isUnread() ? undefined : last
  }

  const find = async (workspace: string, options: GetOrCreateOptions, demand: Demand): Promise<Found> => {
    state.assertRunning()
    if (!table.get(workspace)) await attach()
    const living = await findLiving(workspace)
    if (living) return { session: living, created: false }
    await attach()
    state.assertOwner('Creating a session')
    state.assertMayCreate()
    const sessionName = encode(workspace)
    await discovery.askFor(sessionName)
    await assertNotElsewhere(workspace, sessionName)
    const { resume, attributes: _attributes, ...launch } = options
    const attributes = checkedPatch(options.attributes)
    const former = toResume(workspace, options, demand)
    const make = () =>
      former
        ? resumer.resume(former, { asker: demand.asker, launch, signal: demand.signal })
        : create({ workspace, sessionName, attributes, launch, isFresh: resume === false })
    try {
      const made = await room(make, { mayWait: demand.asker !== 'pool' })
      if (host.hasEnded(made.hosted)) await discovery.pollHost()
      const session = table.has(made) ? made : table.get(workspace)
      if (!session) throw endedAtOnce(workspace, made.ended, options.env)
      const created = session.outcome === 'created'
      return { session, created, resumed: created && former !== undefined }
    } catch (error) {
      throw hostFailure(error, workspace)
    }
  }

  /** Throws if a store has the record of a session that lives elsewhere: the workspace must not get a second one. */
  const assertNotElsewhere = async (workspace: string, sessionName: string): Promise<void> => {
    if (!placeOf(sessionName)) return
    // It may have ended since the store was read.
    await discovery.discover({ full: true })
    const detail = placeOf(sessionName)
    if (!detail) return
    const message = `The session of ${workspace} lives where this pool cannot reach it. ${detail}`
    throw new PoolError('SESSION_ELSEWHERE', message, { context: { workspace, sessionName } })
  }

  const placeOf = (sessionName: string): string | undefined => {
    for (const { slots } of replicas.active()) {
      const { answer } = slots.get(sessionName)
      if (typeof answer === 'object' && answer.kind === 'elsewhere') return answer.detail
    }
    return undefined
  }

  const checkedPatch = (attributes: object | undefined): AttributePatch | undefined => {
    if (attributes === undefined) return undefined
    const patch = toPatch(attributes)
    const checked = check(Object.fromEntries(patch))
    if (!checked.ok) throw invalidAttributes(checked.reason)
    return patch
  }

  const encode = (workspace: string): string => {
    const sessionName = typeof workspace === 'string' ? codec.encode(workspace) : undefined
    if (sessionName !== undefined) return sessionName
    throw new PoolError(
      'INVALID_WORKSPACE',
      `${JSON.stringify(workspace)?.slice(0, 200)} is no valid workspace. By default a workspace has 1 to 64 characters from A-Z, a-z, 0-9, _ and -; sessionName: 'encoded' allows any text whose session name has at most 200 characters.`,
    )
  }

  const enter = async (workspace: string, options: GetOrCreateOptions, demand: Demand): Promise<Found> => {
    const joined = underWay.get(workspace)
    if (joined) {
      // The session may wait in the line of those to be resumed, and somebody needs it now.
      if (demand.asker !== 'pool') resumer.line.hurry(workspace)
      return { session: (await joined).session, created: false }
    }
    const finding = queue.run(workspace, () => find(workspace, options, demand))
    const tracked = finding.finally(() => underWay.delete(workspace))
    underWay.set(workspace, tracked)
    return tracked
  }

  return {
    async getOrCreate(workspace: string, options: GetOrCreateOptions = {}): Promise<ReadySession<unknown>> {
      state.assertRunning()
      checkGetOrCreate(options)
      const session = table.get(workspace)
      if (session && wasSeenAlive(session)) return handOut({ session, created: false })
      if (!session) encode(workspace)
      return handOut(await enter(workspace, options, { asker: 'request' }))
    },
    /** Brings the session of a record back, in the queue of its workspace. `created` says whether this call did it. */
    async bringBack(
      record: StoredRecord,
      { asker, launch = {}, signal }: Pick<Demand, 'asker' | 'signal'> & { readonly launch?: LaunchOptions },
    ): Promise<Found> {
      state.assertRunning()
      return enter(record.workspace, launch, { asker, record, signal })
    },
  }
}

/** Copies a view with its getters, so that what they compute stays up to date. */
function toReady(view: SessionView<unknown>, made: Pick<Found, 'created' | 'resumed'>): ReadySession<unknown> {
  const descriptors = { ...Object.getOwnPropertyDescriptors(view), ...Object.getOwnPropertyDescriptors(made) }
  return Object.freeze(Object.defineProperties({}, descriptors) as ReadySession<unknown>)
}

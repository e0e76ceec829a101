import type { Clock, JsonObject } from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import type { KeyedQueue } from '@sessionkeep/contracts/internal'
import type { ReplicaSet } from '@sessionkeep/replication'
import { type AttributeCheck, type AttributePatch, invalid, toPatch } from '../../sessions/attributes.ts'
import type { SessionNameCodec } from '../../sessions/names.ts'
import type { SessionView } from '../../sessions/session.ts'
import { type Session, statusOf } from '../../sessions/session.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import { hostFailure } from '../host-failure.ts'
import type { ResolvedOptions } from '../resolve-options.ts'
import type { SessionCreator } from './create-session.ts'
import { endedAtOnce } from './ended-at-once.ts'
import { checkGetOrCreate, type GetOrCreateOptions } from './launch-options.ts'
import type { SessionSources } from './require-session.ts'
import type { Room } from './room.ts'

/** The result of `getOrCreateSession()`: a view of the session. */
export interface ReadySession<Attributes = JsonObject> extends SessionView<Attributes> {
  /** Whether this call created the session. Of several calls that waited for one creation, only the first has true, so that a new session is greeted once. */
  readonly created: boolean
}

interface Found {
  readonly session: Session
  readonly created: boolean
}

interface GetOrCreateParts {
  readonly sources: SessionSources
  readonly view: Sessions['view']
  readonly create: SessionCreator
  readonly room: Room
  readonly queue: KeyedQueue
  readonly codec: SessionNameCodec
  readonly replicas: ReplicaSet
  readonly check: AttributeCheck
  readonly clock: Clock
  readonly options: Pick<ResolvedOptions, 'livenessIntervalMs'>
}

/** Makes `getOrCreateSession()`. Concurrent calls for one workspace share one result. A call during a deletion waits for it, and then creates a new session. */
export function createGetOrCreateSession(parts: GetOrCreateParts) {
  const { sources, view, create, room, queue, codec, replicas, check, clock, options: pool } = parts
  const { table, state, host, discovery, attach } = sources
  const underWay = new Map<string, Promise<Found>>()
  const lastFound = new WeakMap<
    Session,
    { readonly view: SessionView<unknown>; readonly ready: ReadySession<unknown> }
  >()

  const handOut = (session: Session, created: boolean): ReadySession<unknown> => {
    if (statusOf(session) === 'draining') {
      const { workspace } = session
      const message = `The session of ${workspace} is draining; clear it with setDraining() or delete it.`
      throw new PoolError('SESSION_DRAINING', message, { context: { workspace } })
    }
    // A session that is asked for is not silent. The reaper checks this just before it ends a session.
    session.silence.since = clock.now()
    return created ? withCreated(view(session), true) : found(session)
  }

  /** Makes the result for a session that was there, once for each view, because every request asks for it. */
  const found = (session: Session): ReadySession<unknown> => {
    const present = view(session)
    const former = lastFound.get(session)
    if (former?.view === present) return former.ready
    const ready = withCreated(present, false)
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

  const find = async (workspace: string, options: GetOrCreateOptions): Promise<Found> => {
    state.assertRunning()
    if (!table.get(workspace)) await attach()
    const living = await findLiving(workspace)
    if (living) return { session: living, created: false }
    await attach()
    state.assertOwner('Creating a session')
    state.assertMayCreate()
    const sessionName = encode(workspace)
    await assertNotElsewhere(workspace, sessionName)
    const attributes = checkedPatch(options.attributes)
    try {
      const made = await room(() => create({ workspace, sessionName, attributes, launch: options }))
      if (host.hasEnded(made.hosted)) await discovery.pollHost()
      const session = table.has(made) ? made : table.get(workspace)
      if (!session) throw endedAtOnce(workspace, made.ended, options.env)
      return { session, created: session.outcome === 'created' }
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
    if (!checked.ok) throw invalid(checked.reason)
    return patch
  }

  const encode = (workspace: string): string => {
    const sessionName = typeof workspace === 'string' ? codec.encode(workspace) : undefined
    if (sessionName !== undefined) return sessionName
    throw new PoolError(
      'INVALID_WORKSPACE',
      `${JSON.stringify(workspace)?.slice(0, 200)} is no valid workspace. By default a workspace has 1 to 64 characters from A-Z, a-z, 0-9, _ and -; the option sessionName: { encode, decode } allows others.`,
    )
  }

  return async (workspace: string, options: GetOrCreateOptions = {}): Promise<ReadySession<unknown>> => {
    state.assertRunning()
    checkGetOrCreate(options)
    const session = table.get(workspace)
    if (session && wasSeenAlive(session)) return handOut(session, false)
    if (!session) encode(workspace)
    const joined = underWay.get(workspace)
    if (joined) return handOut((await joined).session, false)
    const finding = queue.run(workspace, () => find(workspace, options)).finally(() => underWay.delete(workspace))
    underWay.set(workspace, finding)
    const { session: found, created } = await finding
    return handOut(found, created)
  }
}

/** Copies a view with its getters, so that what they compute stays up to date. */
function withCreated(view: SessionView<unknown>, created: boolean): ReadySession<unknown> {
  const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(view)) as SessionView<unknown>
  return Object.freeze(
    Object.defineProperty(copy, 'created', { value: created, enumerable: true }) as ReadySession<unknown>,
  )
}

import { type Clock, codeOf, type JsonObject, type SessionStatus } from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import {
  type AttributeCheck,
  checkKnown,
  invalidAttributes,
  isObserved,
  measureAttributes,
  publish,
  toPatch,
} from '@sessionkeep/contracts/internal'
import type { ReplicaSet } from '@sessionkeep/replication'
import type { Discovery } from '../../discovery/discover.ts'
import { foldOwnAttributes } from '../../sessions/merge-stored.ts'
import { lazyAttributes } from '../../sessions/project.ts'
import type { SessionView } from '../../sessions/session.ts'
import { lastActivityOf, ownAttributes, type Session, statusOf, triesOf } from '../../sessions/session.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import type { PoolState } from '../pool-state.ts'
import { findSession, type RequireSession } from './require-session.ts'

/** A run keeps at most this many attributes of its own beside those of the record. Removed ones count too. */
const MOST_OWN = 256

/** What `announce()` is told when the status alone has changed. It is shared and frozen, since nearly every request changes the status. */
const STATUS = Object.freeze(['status'] as const)

/** What `touch()` may set besides the time of the last activity. */
export interface TouchPatch<Attributes = object> {
  /** The new status. @defaultValue unchanged */
  readonly status?: SessionStatus | undefined
  /** Changes of the attributes, as in `setAttributes()`. @defaultValue none */
  readonly attributes?: AttributesPatch<Attributes> | undefined
}

/** Changes of attributes: keys with a value are set, keys with undefined are removed, and all others stay. */
export type AttributesPatch<Attributes> = { readonly [Key in keyof Attributes]?: Attributes[Key] | undefined }

/** A request that was counted, and that ends with `end()` or at the end of a block with `using`. */
export interface OpenRequest<Attributes = JsonObject> extends Disposable {
  /** The session when the request began. */
  readonly session: SessionView<Attributes>
  /** Notes the end of the request. Calling it again does nothing. */
  end(): void
}

interface RequestsOptions {
  readonly sessions: Sessions
  readonly replicas: ReplicaSet
  readonly state: PoolState
  readonly discovery: Discovery
  readonly requireSession: RequireSession
  readonly check: AttributeCheck
  /** Whether the gateway gave a schema, which has to see all attributes at each change. */
  readonly hasSchema: boolean
  readonly clock: Clock
  /** Whether silent sessions are ended. The stores must then always know which sessions are at work. */
  readonly areSilentReaped: boolean
  /** How diagnostics name the pool. */
  readonly pool: string
}

/** Makes the verbs that note activity. The synchronous ones use memory only, whatever state the stores are in. */
export function createRequests(options: RequestsOptions) {
  const { sessions, replicas, state, discovery, requireSession, check, hasSchema, clock, areSilentReaped, pool } =
    options
  const { table, view, announce } = sessions

  const noteActivity = (session: Session): void => {
    // The system clock may be set back, but the last activity must not move back.
    session.own.activityAt = Math.max(lastActivityOf(session), clock.date())
  }

  /**
   * Writes a session that has become active at once, without making the request wait. If this process is killed before the next
   * flush, the next gateway must not take the session for idle and end it.
   */
  const flushSoon = (session: Session): void => {
    if (session.urgent) return
    session.urgent = true
    setImmediate(async () => {
      await replicas.acknowledge(session.hosted.sessionName)
      session.urgent = false
    })
  }

  const patchAttributes = (session: Session, patch: object): void => {
    const changes = toPatch(patch)
    const own = ownAttributes(session)
    const before = [...changes.keys()].map((key) => [key, own.get(key)] as const)
    const { derived } = session
    const at = Math.max(clock.date(), (session.own.attributesAt || session.guess.createdAt) + 1)
    session.own.attributesAt = at
    for (const [key, value] of changes) own.set(key, { value, at })
    session.derived = { ...derived, attributes: lazyAttributes(session, check) }
    const stored = () => session.derived.attributes().stored
    try {
      session.own.sizes = measureAttributes(session.own.sizes, stored, changes)
      const checked = hasSchema ? check(stored() ?? {}) : undefined
      if (checked?.ok === false) throw invalidAttributes(checked.reason)
    } catch (error) {
      for (const [key, former] of before) {
        if (former) own.set(key, former)
        else own.delete(key)
      }
      session.own.sizes = undefined
      session.derived = derived
      throw error
    }
    if (own.size > MOST_OWN && sessions.durabilityOf(session).verified) foldOwnAttributes(session, check, pool)
  }

  // A function of its own, so that a request that nobody observes makes no object.
  const publishRequest = (workspace: string): void => publish('request', () => ({ pool, workspace }))
  const trackRequestStart = (workspace: string): boolean => {
    const session = table.get(workspace)
    if (!session || state.isStopped() || session.phase === 'ending') return false
    const status = statusOf(session)
    if (status === 'draining') return false
    session.own.requests += 1
    session.activeRequests += 1
    noteActivity(session)
    if (areSilentReaped && status === 'idle') flushSoon(session)
    session.own.work = 'active'
    table.change(session)
    if (isObserved.request()) publishRequest(workspace)
    if (status === 'idle') announce(session, STATUS)
    return true
  }

  const complete = (session: Session): void => {
    const wasActive = statusOf(session) === 'active'
    if (session.activeRequests > 0) session.activeRequests -= 1
    const isLast = session.activeRequests === 0
    noteActivity(session)
    if (isLast) session.own.work = 'idle'
    if (triesOf(session)) session.tries = null
    table.change(session)
    if (isLast && wasActive) announce(session, STATUS)
    if (isLast) table.changes.tell()
  }

  const trackRequestComplete = (workspace: string): boolean => {
    const session = table.get(workspace)
    if (!session || state.isStopped()) return false
    complete(session)
    return true
  }

  /** Counts a request of this session. */
  const begin = (session: Session): OpenRequest<unknown> => {
    const { workspace } = session
    if (!trackRequestStart(workspace)) {
      state.assertRunning()
      const isEnding = session.phase === 'ending'
      const message = `The session of ${workspace} is ${isEnding ? 'being ended' : 'draining'} and takes no new requests.`
      throw new PoolError(isEnding ? 'SESSION_GONE' : 'SESSION_DRAINING', message, { context: { workspace } })
    }
    let isOpen = true
    const end = (): void => {
      // The session may have been replaced since, and this request must not count for the new one.
      if (isOpen && table.has(session) && !state.isStopped()) complete(session)
      isOpen = false
    }
    return { session: view(session), end, [Symbol.dispose]: end }
  }

  return {
    trackRequestStart,
    trackRequestComplete,

    beginRequest(workspace: string): OpenRequest<unknown> {
      state.assertRunning()
      return begin(findSession(table, workspace))
    },

    async withRequest<T>(workspace: string, run: (session: SessionView<unknown>) => T | Promise<T>): Promise<T> {
      if (typeof run !== 'function') throw new TypeError('withRequest() needs a function that does the request.')
      const request = begin(await requireSession(workspace))
      try {
        return await run(request.session)
      } catch (error) {
        if (codeOf(error) === 'SESSION_GONE') await discovery.pollHost()
        throw error
      } finally {
        request.end()
      }
    },

    touch(workspace: string, patch?: TouchPatch): boolean {
      if (patch !== undefined) checkKnown('touch()', patch, ['status', 'attributes'])
      const { status, attributes } = patch ?? {}
      const session = table.get(workspace)
      if (!session || state.isStopped()) return false
      if (status !== undefined && !['active', 'idle', 'draining'].includes(status))
        throw new TypeError(`"${String(status)}" is no session status.`)
      const before = statusOf(session)
      if (attributes !== undefined) patchAttributes(session, attributes)
      noteActivity(session)
      if (status !== undefined) session.own.draining = status === 'draining'
      if (status === 'active' || status === 'idle') session.own.work = status
      table.change(session)
      const changed = [statusOf(session) !== before && 'status', attributes !== undefined && 'attributes'] as const
      const facts = changed.filter((fact) => fact !== false)
      announce(session, facts)
      if (status === 'draining') void replicas.acknowledge(session.hosted.sessionName)
      return true
    },

    setAttributes(workspace: string, patch: object): boolean {
      const session = table.get(workspace)
      if (!session || state.isStopped()) return false
      patchAttributes(session, patch)
      table.change(session)
      announce(session, ['attributes'])
      return true
    },

    async setDraining(workspace: string, draining: boolean): Promise<void> {
      state.assertRunning()
      state.assertOwner('Draining a session')
      const session = await requireSession(workspace)
      const before = statusOf(session)
      session.own.draining = draining
      table.change(session)
      if (statusOf(session) !== before) announce(session, STATUS)
      await replicas.acknowledge(session.hosted.sessionName)
    },
  }
}

export type RequestVerbs = ReturnType<typeof createRequests>

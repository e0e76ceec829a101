import type { Clock } from '../../base/clock.ts'
import type { Discovery } from '../../discovery/discover.ts'
import { codeOf } from '../../errors/code-of.ts'
import { PoolError } from '../../errors/pool-error.ts'
import type { SessionStatus } from '../../record/session-metadata.ts'
import type { ReplicaSet } from '../../replication/replicas.ts'
import { type AttributeCheck, invalid, toPatch } from '../../sessions/attributes.ts'
import { deriveAttributes, type SessionView } from '../../sessions/project.ts'
import { lastActivityOf, type Session, statusOf } from '../../sessions/session.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import type { PoolState } from '../pool-state.ts'
import type { RequireSession } from './require-session.ts'

/** What `touch()` may set besides the time. */
export interface TouchPatch {
  readonly status?: SessionStatus | undefined
  readonly attributes?: object | undefined
}

interface RequestsOptions {
  readonly sessions: Sessions
  readonly replicas: ReplicaSet
  readonly state: PoolState
  readonly discovery: Discovery
  readonly requireSession: RequireSession
  readonly check: AttributeCheck
  readonly clock: Clock
  /** Whether silent sessions are ended: then it matters that stores know which are at work. */
  readonly areSilentReaped: boolean
}

/** The verbs of activity. The synchronous ones go by memory alone, whatever the stores do. */
export function createRequests(options: RequestsOptions) {
  const { sessions, replicas, state, discovery, requireSession, check, clock, areSilentReaped } = options
  const { table, view } = sessions

  const noteActivity = (session: Session): void => {
    // A clock set back does not move activity back.
    session.own.activityAt = Math.max(lastActivityOf(session), clock.date())
  }

  /**
   * Where silent sessions are reaped, a session at work is written at once: if this process is killed before the next
   * flush, the next one must not take it for idle. Behind the request, and at most once at a time.
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
    const own = session.own.attributes
    const before = new Map(own)
    const { derived } = session
    for (const [key, value] of changes) own.set(key, value)
    session.derived = { ...derived, ...deriveAttributes(session, check) }
    const checked = check(session.derived.attributes ?? {})
    if (checked.ok) return
    own.clear()
    for (const [key, value] of before) own.set(key, value)
    session.derived = derived
    throw invalid(checked.reason)
  }

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
    return true
  }

  const trackRequestComplete = (workspace: string): boolean => {
    const session = table.get(workspace)
    if (!session || state.isStopped()) return false
    if (session.activeRequests > 0) session.activeRequests -= 1
    noteActivity(session)
    if (session.activeRequests === 0) session.own.work = 'idle'
    table.change(session)
    return true
  }

  return {
    trackRequestStart,
    trackRequestComplete,

    async withRequest<T>(workspace: string, run: (session: SessionView<unknown>) => T | Promise<T>): Promise<T> {
      const session = await requireSession(workspace)
      if (!trackRequestStart(workspace)) {
        const [code, why] =
          session.phase === 'ending'
            ? (['SESSION_GONE', 'being ended'] as const)
            : (['SESSION_DRAINING', 'draining'] as const)
        throw new PoolError(code, `The session of ${workspace} is ${why} and takes no new requests.`, {
          context: { workspace },
        })
      }
      try {
        return await run(view(session))
      } catch (error) {
        if (codeOf(error) === 'SESSION_GONE') await discovery.pollHost()
        throw error
      } finally {
        // The session may have been replaced meanwhile; this request was the old one's.
        if (table.has(session)) trackRequestComplete(workspace)
      }
    },

    touch(workspace: string, { status, attributes }: TouchPatch = {}): boolean {
      const session = table.get(workspace)
      if (!session || state.isStopped()) return false
      if (status !== undefined && !['active', 'idle', 'draining'].includes(status))
        throw new TypeError(`"${String(status)}" is no session status.`)
      if (attributes !== undefined) patchAttributes(session, attributes)
      noteActivity(session)
      if (status !== undefined) session.own.draining = status === 'draining'
      if (status === 'active' || status === 'idle') session.own.work = status
      table.change(session)
      if (status === 'draining') void replicas.acknowledge(session.hosted.sessionName)
      return true
    },

    setAttributes(workspace: string, patch: object): boolean {
      const session = table.get(workspace)
      if (!session || state.isStopped()) return false
      patchAttributes(session, patch)
      table.change(session)
      return true
    },

    async setDraining(workspace: string, draining: boolean): Promise<void> {
      state.assertRunning()
      state.assertOwner('Draining a session')
      const session = await requireSession(workspace)
      session.own.draining = draining
      table.change(session)
      await replicas.acknowledge(session.hosted.sessionName)
    },
  }
}

import type { z } from '@hono/zod-openapi'
import { redactValue } from '@sessionkeep/contracts/errors'
import type { EndedSession, PoolStatus, SessionPool, SessionView } from '@sessionkeep/core'
import { persistenceBody, selectionBody, statsBody, type statusBody } from './schemas/persistence.ts'
import { endedBody, sessionBody } from './schemas/sessions.ts'

/** A session in answers and events. */
export type SessionBody = z.infer<typeof sessionBody>
/** An ended session in answers and events. */
export type EndedBody = z.infer<typeof endedBody>

// A view is the same object for as long as the session does not change, so that each is masked once.
const known = new WeakMap<object, SessionBody>()
const knownEnded = new WeakMap<object, EndedBody>()

/** Fields with a session's name. They are not masked, since other requests are made with them. */
const NAMES = ['workspace', 'sessionName']
/** Fields that have a name or a screen in them. */
const PARTS = ['session', 'ended']

/** Masks what sounds like a secret in a session, or in the payload of an event, and cuts long texts. */
export function masked(given: object): object {
  const redacted = redactValue(given) as object
  if (redacted === given) return given
  const kept = Object.entries(given).flatMap(([key, value]): [string, unknown][] => {
    if (NAMES.includes(key)) return [[key, value]]
    if (PARTS.includes(key) && typeof value === 'object' && value !== null) return [[key, masked(value)]]
    // A screen is masked by its lines, so that its end is not cut.
    if (key === 'screen') return [[key, (redactValue(String(value).split('\n')) as string[]).join('\n')]]
    return []
  })
  return { ...redacted, ...Object.fromEntries(kept) }
}

/** Makes the answer about a session: the fields of its schema and no other, and what sounds like a secret is masked. */
export function sessionAnswer(view: SessionView<unknown>): SessionBody {
  const found = known.get(view)
  if (found) return found
  const made = sessionBody.parse(masked(view))
  known.set(view, made)
  return made
}

/** Makes the answer about an ended session; the same object for the same session. */
export function endedAnswer(session: EndedSession<unknown>): EndedBody {
  const found = knownEnded.get(session)
  if (found) return found
  const made = endedBody.parse(masked(session))
  knownEnded.set(session, made)
  return made
}

/** A value as JSON would carry it: errors as their fields, and nothing that is undefined. */
export function plain(value: object): object {
  return JSON.parse(JSON.stringify(value))
}

/** Makes the answer about persistence, with the progress of a running switch. */
export function persistenceAnswer(status: PoolStatus['persistence']): z.infer<typeof persistenceBody> {
  const { switching, sessions } = status
  const progress = switching && { ...switching, written: writtenIn(status), total: sessions }
  return persistenceBody.parse(plain({ ...status, switching: progress }))
}

/** Counts the living sessions that each store of a running switch has. A store that has not been joined yet may have none. */
function writtenIn({ switching, sessions, stores }: PoolStatus['persistence']): number {
  if (switching?.phase === 'draining') return sessions
  const prepared = stores.filter(({ active }) => !active)
  const has = prepared.map(({ state, dirty }) => (state === 'attached' ? sessions - dirty : 0))
  return Math.max(0, Math.min(...(has.length > 0 ? has : [0])))
}

const startedAt = Math.round(performance.timeOrigin)

/** Makes the answer about the whole pool. */
export function statusAnswer(pool: SessionPool<never>, mayWrite: boolean): z.infer<typeof statusBody> {
  const { sessions, persistence, selection } = pool.status()
  return {
    pool: pool.health().pool,
    sessions: statsBody.parse(plain(sessions)),
    persistence: persistenceAnswer(persistence),
    selection: selectionBody.parse(plain(selection)),
    process: { pid: process.pid, startedAt },
    mayWrite,
  }
}

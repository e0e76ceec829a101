import type { z } from '@hono/zod-openapi'
import { redactFields, redactValue } from '@sessionkeep/contracts/errors'
import type { EndedSession, PoolStatus, SessionPool, SessionView } from '@sessionkeep/core'
import { persistenceBody, selectionBody, statsBody, type statusBody } from './schemas/persistence.ts'
import { endedBody, sessionBody } from './schemas/sessions.ts'

/** A session in answers and events. */
export type SessionBody = z.infer<typeof sessionBody>
/** An ended session in answers and events. */
export type EndedBody = z.infer<typeof endedBody>

// A view is the same object for as long as the session does not change, so that each is masked once.
const known = new WeakMap<object, SessionBody>()

// Attributes stay the same object while other fields of their session change, and may be large.
const knownAttributes = new WeakMap<object, object>()

// The end of a session stays the same object in each view of it, and never changes.
const knownEnds = new WeakMap<object, object>()

/** Fields of an event that are a session. */
const SESSIONS = ['session', 'previous']
/** The field of an event that is a plan to resume sessions. */
const PLAN = 'plan'

/**
 * The attributes of a session as JSON has them, like its record, and masked. The schema of a pool may make something else of them,
 * such as an instance of a class. Undefined if JSON makes no object of that: then they are not shown.
 */
function attributesAnswer(attributes: unknown): object | undefined {
  if (typeof attributes !== 'object' || attributes === null) return undefined
  const found = knownAttributes.get(attributes)
  if (found) return found
  const json = asJson(attributes)
  if (!json) return undefined
  const made = redactValue(json) as object
  if (isSettled(attributes)) knownAttributes.set(attributes, made)
  return made
}

/** Whether attributes may have become others since they were shown, though they are the same object. */
function mayHaveChanged(attributes: unknown): boolean {
  return typeof attributes === 'object' && attributes !== null && !knownAttributes.has(attributes)
}

/** The most levels of attributes that are looked through for something that can change. */
const DEEPEST = 200

/** Whether nothing in a value can change: it is plain, and frozen at each level. */
function isSettled(value: unknown, level = 0): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'function'
  const isPlain = Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value))
  if (!isPlain || !Object.isFrozen(value) || level > DEEPEST) return false
  return Object.values(value).every((item) => isSettled(item, level + 1))
}

function asJson(value: object): object | undefined {
  try {
    const made: unknown = plain(value)
    return typeof made === 'object' && made !== null && !Array.isArray(made) ? made : undefined
  } catch {
    return undefined
  }
}

/** Masks what sounds like a secret in a session. */
function masked(session: object): object {
  const { attributes, ended, ...rest } = session as { readonly attributes?: unknown; readonly ended?: unknown }
  const [shown, end] = [attributesAnswer(attributes), endAnswer(ended)]
  return {
    ...redactFields(rest),
    ...(end === undefined ? {} : { ended: end }),
    ...(shown === undefined ? {} : { attributes: shown }),
  }
}

/** How a session ended, masked. Its screen may be long. */
function endAnswer(ended: unknown): object | undefined {
  if (typeof ended !== 'object' || ended === null) return undefined
  const found = knownEnds.get(ended)
  if (found) return found
  const made = redactFields(ended)
  knownEnds.set(ended, made)
  return made
}

/** Replaces each item in the lists of a plan or a report of resuming. */
function withItems(given: object, made: (item: object) => object): object {
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => [key, Array.isArray(value) ? value.map(made) : value]),
  )
}

/** A plan or a report of resuming as JSON, without the attributes of its sessions: JSON may not be able to express them. */
export function resumeJson(given: object): object {
  return plain(withItems(given, ({ attributes, ...rest }: { readonly attributes?: unknown }) => rest))
}

/** Makes what clients get of an event, and masks what sounds like a secret. */
export function eventAnswer(payload: object): object {
  const entries = Object.entries(payload)
  const shown = entries.flatMap(([key, value]): [string, object][] => {
    if (SESSIONS.includes(key)) return [[key, masked(value)]]
    return key === PLAN ? [[key, withItems(value, masked)]] : []
  })
  const others = entries.filter(([key]) => !SESSIONS.includes(key) && key !== PLAN)
  return { ...redactFields(plain(Object.fromEntries(others))), ...Object.fromEntries(shown) }
}

/**
 * Makes the answer about a session: the fields of its schema and no other, and what sounds like a secret is masked. The same object
 * for as long as the session is shown alike.
 */
export function sessionAnswer(view: SessionView<unknown>): SessionBody {
  const { attributes } = view
  const found = known.get(view)
  if (found && (!mayHaveChanged(attributes) || isSame(found.attributes, attributesAnswer(attributes)))) return found
  const made = sessionBody.parse(masked(view))
  known.set(view, made)
  return made
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/** Makes the answer about an ended session. */
export function endedAnswer(session: EndedSession<unknown>): EndedBody {
  return endedBody.parse(masked(session))
}

/** A value as JSON would carry it: errors as their fields, and nothing that is undefined. A bigint becomes a text. */
export function plain(value: object): object {
  return JSON.parse(JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? String(item) : item)))
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

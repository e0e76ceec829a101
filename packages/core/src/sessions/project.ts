import { countsField, countsOf, sumOf, withCountOf } from '../record/counts.ts'
import type { StoredRecord } from '../record/parse-record.ts'
import { sameJson } from '../record/same-json.ts'
import type { JsonObject, JsonValue } from '../record/session-metadata.ts'
import { SCHEMA_VERSION } from '../record/session-metadata.ts'
import type { AttributeCheck } from './attributes.ts'
import {
  type Derived,
  type Durability,
  lastActivityOf,
  leavesRecord,
  requestsOf,
  type Session,
  type SessionView,
  statusOf,
} from './session.ts'

/** The record of a session as the pool has it now: what earlier runs left, what this run did, and guesses for the rest. */
export function project(session: Session, pool: string): StoredRecord {
  const { hosted, past, own, derived, life } = session
  const kept = derived.attributes ?? derived.setAside
  const extra = past?.extra ?? {}
  const areBoth = derived.attributes !== undefined && derived.setAside !== undefined
  return {
    sessionName: hosted.sessionName,
    workspace: session.workspace,
    createdAt: derived.createdAt,
    lastActivityAt: lastActivityOf(session),
    totalRequests: requestsOf(session),
    ...countsField(withCountOf(past ? countsOf(past) : {}, life, own.requests)),
    status: statusOf(session),
    ...(hosted.incarnation === undefined ? {} : { incarnation: hosted.incarnation }),
    pool,
    revision: session.revision,
    run: session.run,
    ...(kept === undefined ? {} : { attributes: kept }),
    ...(session.proven ? {} : { adopted: true as const }),
    ...(leavesRecord(session) && session.expiresAt !== undefined ? { expiresAt: session.expiresAt } : {}),
    schemaVersion: SCHEMA_VERSION,
    // Attributes that failed their schema make room for newer ones, and are not lost by it.
    extra: areBoth ? { ...extra, attributesSetAside: derived.setAside as JsonValue } : extra,
  }
}

/** What follows from what is stored, what is guessed, and the attributes that this run has set. `now`: ms since the epoch. */
export function derive(session: Session, check: AttributeCheck, now: number): Derived {
  const { past, guess, life } = session
  const createdAt = past ? birth(past.createdAt, guess, now) : guess.createdAt
  const isStored = past !== undefined && guess.origin !== 'created' && createdAt === past.createdAt
  return {
    createdAt,
    origin: isStored ? 'stored' : guess.origin,
    otherRequests: past ? sumOf(countsOf(past), life) : 0,
    ...deriveAttributes(session, check),
  }
}

/** Stored beats guessed, then the older; a stored birth in the future is not believed over the host's. */
function birth(stored: number, { origin, createdAt }: Session['guess'], now: number): number {
  const isExact = origin === 'stamp' || origin === 'created'
  return isExact || (origin === 'host' && stored > now) ? Math.min(stored, createdAt) : stored
}

/** Lays the attributes of this run over the stored ones; stored ones that fail their schema are set aside. */
export function deriveAttributes(
  { past, own }: Session,
  check: AttributeCheck,
): Pick<Derived, 'attributes' | 'shownAttributes' | 'setAside'> {
  const stored = past?.attributes
  const valid = stored === undefined ? undefined : check(stored)
  const base = valid?.ok ? (stored as JsonObject) : {}
  const attributes = valid?.ok || own.attributes.size > 0 ? deepFreeze(patched(base, own.attributes)) : undefined
  const shown = attributes && check(attributes)
  return {
    attributes,
    shownAttributes: shown?.ok ? deepFreeze(shown.value) : undefined,
    setAside: valid && !valid.ok ? stored : undefined,
  }
}

/** `base` with each key of `patch` set, or removed where its value is undefined. */
function patched(base: JsonObject, patch: ReadonlyMap<string, JsonValue | undefined>): JsonObject {
  const merged = new Map<string, JsonValue | undefined>([...Object.entries(base), ...patch])
  return Object.fromEntries([...merged].filter(([, value]) => value !== undefined)) as JsonObject
}

/** Freezes plain objects and arrays all the way down, so that no caller can change what is stored by what it was shown. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  const prototype = Object.getPrototypeOf(value)
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return value
  for (const item of Object.values(value)) deepFreeze(item)
  return Object.freeze(value)
}

/** Whether two records say the same, whoever wrote them and however often. */
export function sameContent(a: StoredRecord, b: StoredRecord): boolean {
  return sameJson(content(a), content(b))
}

function content({ revision: _revision, run: _run, ...rest }: StoredRecord): object {
  return rest
}

export function toView(session: Session, pool: string, durability: Durability): SessionView<unknown> {
  const { extra: _extra, attributes: _attributes, counts: _counts, ...record } = project(session, pool)
  const { shownAttributes, origin } = session.derived
  return Object.freeze({
    ...record,
    ...(shownAttributes === undefined ? {} : { attributes: shownAttributes }),
    activeRequests: session.activeRequests,
    origin,
    ...durability,
  })
}

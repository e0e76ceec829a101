import { countsField, countsOf, withCountOf } from '../record/counts.ts'
import { addUp } from '../record/limits.ts'
import type { StoredRecord } from '../record/parse-record.ts'
import { sameJson } from '../record/same-json.ts'
import type { JsonObject, JsonValue, SessionMetadata } from '../record/session-metadata.ts'
import { SCHEMA_VERSION } from '../record/session-metadata.ts'
import type { Entry, Origin } from './session.ts'

/** The record of a session as the pool has it now. */
export function snapshot(entry: Entry, pool: string): StoredRecord {
  const { session, setAside, attributes } = entry
  const kept = attributes ?? setAside
  const both = attributes !== undefined && setAside !== undefined
  return {
    sessionName: session.sessionName,
    workspace: entry.workspace,
    createdAt: entry.createdAt,
    lastActivityAt: entry.lastActivityAt,
    totalRequests: addUp(entry.base, entry.delta),
    ...countsField(withCountOf(entry.past ? countsOf(entry.past) : {}, entry.life, entry.delta)),
    status: entry.status,
    ...(session.incarnation === undefined ? {} : { incarnation: session.incarnation }),
    pool,
    revision: entry.revision,
    run: entry.run,
    ...(kept === undefined ? {} : { attributes: kept }),
    ...(entry.proven ? {} : { adopted: true as const }),
    schemaVersion: SCHEMA_VERSION,
    // Attributes that failed their schema make room for newer ones, and are not lost by it.
    extra: both ? { ...entry.extra, attributesSetAside: setAside as JsonValue } : entry.extra,
  }
}

/** Whether two records say the same, whoever wrote them and however often. */
export function sameContent(a: StoredRecord, b: StoredRecord): boolean {
  return sameJson(content(a), content(b))
}

function content({ revision: _revision, run: _run, ...rest }: StoredRecord): object {
  return rest
}

/** What callers see of a session; a copy that does not change. */
export interface SessionView<Attributes = JsonObject> extends SessionMetadata<Attributes> {
  /** Requests of this run that have started and not completed. */
  readonly activeRequests: number
  /** Where createdAt is from. */
  readonly origin: Origin
  /** True once every configured store has answered for it. */
  readonly verified: boolean
  /** True while a store that retains has acknowledged everything that is known of it now. */
  readonly saved: boolean
}

export function toView(
  entry: Entry,
  pool: string,
  { verified, saved }: { verified: boolean; saved: boolean },
): SessionView<unknown> {
  const { extra: _extra, attributes: _attributes, counts: _counts, ...record } = snapshot(entry, pool)
  return Object.freeze({
    ...record,
    ...(entry.shownAttributes === undefined ? {} : { attributes: entry.shownAttributes }),
    activeRequests: entry.activeRequests,
    origin: entry.origin,
    verified,
    saved,
  })
}

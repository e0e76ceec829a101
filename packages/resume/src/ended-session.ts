import type { JsonObject, SessionMetadata, StoredRecord } from '@sessionkeep/contracts'
import { pastField, pastOf } from '@sessionkeep/contracts/internal'

/** A session that has ended, as its last record has it. It is frozen. */
export type EndedSession<Attributes = JsonObject> = Omit<
  SessionMetadata<Attributes>,
  'attributesAt' | 'counts' | 'pool' | 'run' | 'revision' | 'schemaVersion' | 'takenIn'
>

/** The session that follows an ended one. */
interface Successor {
  readonly incarnation: string | undefined
  /** When it was started, ms since the epoch. */
  readonly startedAt: number
  /** The boot in which it was started, if that is known. */
  readonly boot: string | undefined
}

/** The generation of the session that resumes this one. */
export function generationAfter({ generation = 1 }: StoredRecord): number {
  return generation + 1
}

/** When this incarnation was started, ms since the epoch. */
export function startOf({ startedAt, createdAt }: Pick<SessionMetadata, 'startedAt' | 'createdAt'>): number {
  return startedAt ?? createdAt
}

/**
 * The record that the successor of an ended session starts from: attributes, counts and times go on, the ended session becomes
 * a part of its past, and the fields about its end are dropped.
 */
export function carriedOver(record: StoredRecord, { incarnation, startedAt, boot }: Successor): StoredRecord {
  const { ended: _1, expiresAt: _2, incarnation: _3, boot: _4, past: _5, pid: _6, ...kept } = record
  return {
    ...kept,
    ...(incarnation === undefined ? {} : { incarnation }),
    // No request is repeated, so none runs.
    status: record.status === 'draining' ? 'draining' : 'idle',
    generation: generationAfter(record),
    startedAt,
    ...(boot === undefined ? {} : { boot }),
    ...pastField(pastOf(record)),
  }
}

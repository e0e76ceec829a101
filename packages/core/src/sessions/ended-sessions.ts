import {
  type JsonObject,
  join,
  type PastSession,
  type SessionMetadata,
  type StoredRecord,
} from '@sessionkeep/contracts'
import { joinPast, pastOf } from '@sessionkeep/contracts/internal'
import type { AttributeCheck } from './attributes.ts'

/** A session that has ended, as its last record has it. It is frozen. */
export type EndedSession<Attributes = JsonObject> = Omit<
  SessionMetadata<Attributes>,
  'counts' | 'pool' | 'run' | 'revision' | 'schemaVersion' | 'adopted'
>

/**
 * The last records of sessions that have ended, by workspace. They are in memory, so that the next session of a workspace can
 * be given what is known of the former ones without waiting for a store.
 */
export function createEndedSessions(check: AttributeCheck) {
  /** Usually one for a workspace. Stores that were down at different times may have different ones. Never an empty list. */
  const byWorkspace = new Map<string, readonly StoredRecord[]>()

  const of = (workspace: string): readonly StoredRecord[] => byWorkspace.get(workspace) ?? []
  const replace = (workspace: string, records: readonly StoredRecord[]): void => {
    if (records.length === 0) byWorkspace.delete(workspace)
    else byWorkspace.set(workspace, records.toSorted(newestFirst))
  }

  return {
    /** Adds the record of an ended session, or joins it with the copy that is there. */
    note(record: StoredRecord): void {
      const isSame = ({ incarnation }: StoredRecord) => incarnation === record.incarnation
      const same = of(record.workspace).find(isSame)
      const others = of(record.workspace).filter((other) => !isSame(other))
      replace(record.workspace, [...others, same ? join(same, record) : record])
    },
    /** Removes one session, since its record is deleted. */
    remove({ workspace, incarnation }: StoredRecord): void {
      replace(
        workspace,
        of(workspace).filter((other) => other.incarnation !== incarnation),
      )
    },
    /** Removes all sessions of a workspace, since it has a living one now, and returns the former ones as its past. */
    take(workspace: string, isFormer: (record: StoredRecord) => boolean): readonly PastSession[] {
      const former = of(workspace).filter(isFormer)
      byWorkspace.delete(workspace)
      return former.map(pastOf).reduce(joinPast, [])
    },
    /** The last ended session of a workspace. */
    last(workspace: string): EndedSession<unknown> | undefined {
      const [last] = of(workspace)
      return last && toEnded(last, check)
    },
    /** The number of workspaces that have no living session, but had one. */
    count: (): number => byWorkspace.size,
    /** The last ended session of each workspace, newest first. */
    list: (): EndedSession<unknown>[] =>
      [...byWorkspace.values()]
        .flatMap((records) => records.slice(0, 1))
        .sort(newestFirst)
        .map((record) => toEnded(record, check)),
  }
}

export type EndedSessions = ReturnType<typeof createEndedSessions>

function newestFirst(a: StoredRecord, b: StoredRecord): number {
  return b.lastActivityAt - a.lastActivityAt || b.createdAt - a.createdAt
}

/** Makes the frozen view. Attributes that the schema refuses are left out, as in the view of a living session. */
function toEnded(record: StoredRecord, check: AttributeCheck): EndedSession<unknown> {
  const { counts: _1, pool: _2, run: _3, revision: _4, schemaVersion: _5, adopted: _6, extra: _7, ...kept } = record
  const { attributes, ...fields } = kept
  const checked = attributes === undefined ? undefined : check(attributes)
  return Object.freeze({ ...fields, ...(checked?.ok ? { attributes: checked.value } : {}) })
}

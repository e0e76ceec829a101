import {
  checkOptions,
  type EndCause,
  join,
  type PastSession,
  type StoredRecord,
  strictOptions,
} from '@sessionkeep/contracts'
import { type AttributeCheck, joinPast, once, pastOf } from '@sessionkeep/contracts/internal'
import { type EndedSession, startOf } from '@sessionkeep/resume'
import * as z from 'zod'

/** Selects the ended sessions that fulfil every condition. */
export interface EndedListFilter {
  /** Only sessions of this workspace. @defaultValue any */
  readonly workspace?: string | undefined
  /** Only sessions that were last active at this time or later, ms since the epoch. @defaultValue any */
  readonly since?: number | undefined
  /** Only sessions that ended for one of these causes. @defaultValue any */
  readonly causes?: readonly EndCause[] | undefined
  /** The most sessions to return. @defaultValue all */
  readonly limit?: number | undefined
}

const CAUSES = ['exited', 'killed', 'server', 'boot', 'deleted', 'terminated', 'idle', 'replaced'] as const
/** The schema of a cause in a filter. */
export const endCause = once(() => z.enum(CAUSES satisfies readonly EndCause[]))

const listFilter = once(() =>
  strictOptions({
    workspace: z.string().optional(),
    since: z.number().optional(),
    causes: z.array(endCause()).optional(),
    limit: z.int().min(0).optional(),
  }),
)

/** All sessions without a past share this list, because a list for each of thousands would take memory. */
const NO_PAST: readonly PastSession[] = []

/**
 * The last records of sessions that have ended, by workspace. They are in memory, so that the next session of a workspace can
 * be given what is known of the former ones without waiting for a store.
 */
export function createEndedSessions(check: AttributeCheck) {
  /** The records of each workspace, the latest first. Mostly there is one; stores that were down at different times may have several. */
  const byWorkspace = new Map<string, readonly StoredRecord[]>()

  const of = (workspace: string): readonly StoredRecord[] => byWorkspace.get(workspace) ?? []
  const replace = (workspace: string, records: readonly StoredRecord[]): void => {
    if (records.length === 0) byWorkspace.delete(workspace)
    else byWorkspace.set(workspace, records.toSorted(latestFirst))
  }
  const lastRecords = (): StoredRecord[] => [...byWorkspace.values()].flatMap((records) => records.slice(0, 1))
  const newest = (): StoredRecord[] => lastRecords().sort(newestFirst)

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
      if (former.length === 0) return NO_PAST
      return former.map(pastOf).reduce(joinPast, [])
    },
    /** The records of a workspace, the last session first. */
    records: of,
    /** The record of the last ended session of a workspace. */
    lastRecord: (workspace: string): StoredRecord | undefined => of(workspace)[0],
    /** The last records of all workspaces. */
    lastRecords,
    /** The last records of all workspaces, newest first. */
    newest,
    /** The view of a record. */
    view: (record: StoredRecord): EndedSession<unknown> => toEnded(record, check),
    /** The number of workspaces that have no living session, but had one. */
    count: (): number => byWorkspace.size,
    /** The last ended session of each workspace, newest first. */
    list(filter: EndedListFilter = {}): EndedSession<unknown>[] {
      checkOptions('listEnded()', listFilter(), filter)
      const { workspace, since = 0, causes, limit } = filter
      return newest()
        .filter((record) => workspace === undefined || record.workspace === workspace)
        .filter(({ lastActivityAt, ended }) => lastActivityAt >= since && (!causes || causes.includes(causeOf(ended))))
        .slice(0, limit)
        .map((record) => toEnded(record, check))
    },
  }
}

export type EndedSessions = ReturnType<typeof createEndedSessions>

/** The cause of an end; `killed` for a record that no pool has compared with its host yet, so that the session does not count as lost. */
export const causeOf = (ended: StoredRecord['ended']): EndCause => ended?.cause ?? 'killed'

const newestFirst = (a: StoredRecord, b: StoredRecord): number =>
  b.lastActivityAt - a.lastActivityAt || b.createdAt - a.createdAt

/** Sorts sessions of one workspace: the one that was started last is the latest. */
const latestFirst = (a: StoredRecord, b: StoredRecord): number => startOf(b) - startOf(a) || newestFirst(a, b)

/** Makes the frozen view. Attributes that the schema refuses are left out, as in the view of a living session. */
function toEnded(record: StoredRecord, check: AttributeCheck): EndedSession<unknown> {
  const { counts: _1, pool: _2, run: _3, revision: _4, schemaVersion: _5, takenIn: _6, extra: _7, ...kept } = record
  const { attributes, attributesAt: _8, ...fields } = kept
  const checked = attributes === undefined ? undefined : check(attributes)
  return Object.freeze({ ...fields, ...(checked?.ok ? { attributes: checked.value } : {}) })
}

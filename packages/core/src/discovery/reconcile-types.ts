import type { HostSession } from '../contracts/session-host.ts'
import type { StoredRecord } from '../record/parse-record.ts'
import type { StoreAnswer } from '../replication/store-answer.ts'
import type { StoreRef } from '../replication/store-ref.ts'

/** A session that the pool already has in memory. */
export interface KnownSession {
  readonly workspace: string
  readonly session: HostSession
  /** The stores that have answered for it before. */
  readonly readFrom: ReadonlySet<StoreRef>
  /** Whether a store had another incarnation's record under its name. */
  readonly replaced?: boolean
  /** Whether a store that has been let go since may know more of it. */
  readonly unread?: boolean
  /** Whether it is this pool's own doing that a record stands there: then it says nothing of what was before. */
  wrote?(record: StoredRecord): boolean
}

export interface ReconcileInput {
  /** Every session of the host. */
  readonly live: readonly HostSession[]
  readonly known: readonly KnownSession[]
  /** What the stores that answered said. */
  readonly answers: readonly StoreAnswer[]
  /** Every configured store; those that are not among the answers are unknown, not empty. */
  readonly stores: readonly StoreRef[]
  /** Whether a store that has been let go since may know more of sessions that are found now. */
  readonly unread?: boolean
  /** Whether a store has records that it could not speak of: one of them may be of a session that has none under its name. */
  readonly indeterminate?: boolean
  /** Whose sessions are ours. */
  readonly pool: string
  decode(sessionName: string): string | undefined
  /** The session name of a workspace; undefined for what cannot be a workspace. */
  encode(workspace: string): string | undefined
  /** Whether an unstamped session whose name is ours is to be taken. */
  adopt(session: HostSession): boolean
}

/** Something in a store that was not recovered. */
export interface RecordProblem {
  /** What the store is called. */
  readonly store: string
  readonly sessionName: string
  readonly code: 'STORE_RECORD_UNREADABLE' | 'STORE_RECORD_NEWER' | 'STORE_RECORD_FOREIGN'
  readonly message: string
}

/** One live session of ours, and what is stored of it. */
export interface Finding {
  readonly session: HostSession
  readonly workspace: string
  readonly known: KnownSession | undefined
  /** Whether its stamp says that it is ours; else only its name does. A record proves nothing. */
  readonly proven: boolean
  /** What the stores have of this incarnation. */
  readonly copies: readonly StoredRecord[]
  readonly outcome: 'recovered' | 'adopted' | 'unverified' | 'recreated'
  /** Whether a store has, or had, another incarnation's record under its name. */
  readonly replaced: boolean
  /** The stores that have answered for it. */
  readonly readFrom: readonly StoreRef[]
  /** Other names under which this incarnation's record stands. */
  readonly movedFrom: readonly string[]
  readonly problems: readonly RecordProblem[]
}

/** A record of ours without a live session. */
export interface Orphan {
  readonly sessionName: string
  readonly copies: readonly StoredRecord[]
  /** Those that have it. */
  readonly stores: readonly StoreRef[]
}

export interface Reconciliation {
  /** The names of all living sessions, whosever they are. */
  readonly names: ReadonlySet<string>
  readonly findings: readonly Finding[]
  /** Live sessions that claim a workspace which another has; untouched. */
  readonly conflicts: readonly string[]
  /** Known sessions that do not live. */
  readonly gone: readonly KnownSession[]
  readonly exited: readonly HostSession[]
  readonly foreign: readonly string[]
  readonly orphans: readonly Orphan[]
}

import type { StoredRecord } from '@sessionkeep/contracts'
import type { HostSession } from '@sessionkeep/contracts/host'
import type { HostListing } from '@sessionkeep/contracts/internal'
import type { StoreAnswer, StoreRef } from '@sessionkeep/replication'

/** A session that is in memory already. */
export interface KnownSession {
  /** Whether memory has its record: the pool created the session, or a store had the record. */
  readonly hasRecord?: boolean
  readonly workspace: string
  readonly session: HostSession
  /** The stores that have answered for it before. */
  readonly readFrom: ReadonlySet<StoreRef>
  /** Whether a store had a record of another incarnation under its name. */
  readonly replaced?: boolean
  /** Whether a store was detached before it answered for this session, so that it may have a record of it. */
  readonly unread?: boolean
  /** Whether this run wrote the record. Then the record proves nothing about the time before this run. */
  wrote?(record: StoredRecord): boolean
}

/** The input of `reconcile()`. */
export interface ReconcileInput {
  /** All sessions of the host. */
  readonly live: readonly HostSession[]
  /** The rows of the host that could not be read. @defaultValue none */
  readonly unreadable?: HostListing['unreadable']
  /** All sessions in memory. */
  readonly known: readonly KnownSession[]
  /** The answers of the stores that could be read. */
  readonly answers: readonly StoreAnswer[]
  /** All active stores. A store without an answer is unknown, not empty. */
  readonly stores: readonly StoreRef[]
  /** Whether a store was detached before all of it was read, so that it may have records of sessions that are found now. */
  readonly unread?: boolean
  /** Whether a store has records that could not be read. One of them may be the record of a session that has none under its name. */
  readonly indeterminate?: boolean
  /** The pool: sessions with its stamp belong to it. */
  readonly pool: string
  /** The workspace of a session name; undefined if the name does not belong to the pool. */
  decode(sessionName: string): string | undefined
  /** The session name of a workspace; undefined for a text that cannot be a workspace. */
  encode(workspace: string): string | undefined
  /**
   * Whether a session without a stamp is left alone if a record says that another session had its name, so that the other one
   * can be resumed.
   */
  readonly keepsLost?: boolean
  /** Whether to take in a session without a stamp whose name belongs to the pool. */
  takeIn(session: HostSession): boolean
}

/** A stored record that could not be used, and why. */
export interface RecordProblem {
  /** The label of the store. */
  readonly store: string
  readonly sessionName: string
  readonly code: 'STORE_RECORD_UNREADABLE' | 'STORE_RECORD_NEWER' | 'STORE_RECORD_FOREIGN'
  readonly message: string
}

/** A living session that belongs to the pool, and its records. */
export interface Finding {
  readonly session: HostSession
  readonly workspace: string
  /** The session in memory, if it is known. */
  readonly known: KnownSession | undefined
  /** Whether a stamp proves that the pool created it. If not, only its name said that it belongs to the pool, now or when it was taken in. A record proves nothing. */
  readonly proven: boolean
  /** The records of this incarnation in all stores. */
  readonly copies: readonly StoredRecord[]
  /** The records of earlier sessions of its workspace under its name. */
  readonly earlier: readonly StoredRecord[]
  /** The record of the session that it resumes, as its stamp says; undefined if no store has that record any more. */
  readonly resumes: StoredRecord | undefined
  /** How its metadata was found; see the glossary. */
  readonly outcome: 'recovered' | 'adopted' | 'unverified' | 'recreated'
  /** Whether a store has, or had, a record of another incarnation under its name. */
  readonly replaced: boolean
  /** The stores that answered for its name. */
  readonly readFrom: readonly StoreRef[]
  /** Other names under which records of this incarnation are stored. */
  readonly movedFrom: readonly string[]
  readonly problems: readonly RecordProblem[]
}

/** A stamp that is not used. */
export interface DoubtfulStamp {
  readonly sessionName: string
  readonly reason: string
}

/** A record of the pool without a living session. */
export interface Orphan {
  readonly sessionName: string
  /** The copy in each of `stores`, in the same order. */
  readonly copies: readonly StoredRecord[]
  /** The stores that have the record. */
  readonly stores: readonly StoreRef[]
}

/** The result of `reconcile()`. */
export interface Reconciliation {
  /** The names of all living sessions, also of those that do not belong to the pool. */
  readonly names: ReadonlySet<string>
  /** The living sessions of the pool, one for each workspace. */
  readonly findings: readonly Finding[]
  /** The names of living sessions whose workspace has another session. They are not touched. */
  readonly conflicts: readonly string[]
  /** Known sessions that no longer live. */
  readonly gone: readonly KnownSession[]
  /** Sessions that the host lists, but whose program has ended. */
  readonly exited: readonly HostSession[]
  /**
   * Those of `exited` that have the stamp of the pool, of which the host still knows how they ended, and that are not in
   * memory.
   */
  readonly endedUnseen: readonly Finding[]
  /** The names of living sessions that do not belong to the pool. */
  readonly foreign: readonly string[]
  /** Those of `foreign` whose sessions have no stamp. */
  readonly unstamped: readonly string[]
  /** Living sessions whose stamp is not used, and why. */
  readonly doubtful: readonly DoubtfulStamp[]
  readonly orphans: readonly Orphan[]
}

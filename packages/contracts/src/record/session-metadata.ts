/** The status of a session: `active` while a request runs, `draining` when it takes no new requests, else `idle`. */
export type SessionStatus = 'active' | 'idle' | 'draining'

/** Values that survive a round trip through JSON. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }
/** An object that survives a round trip through JSON. */
export type JsonObject = { [key: string]: JsonValue }

/**
 * The number of requests by the id of the run that counted them, so that copies that were written separately can be joined
 * exactly. The count under `<=` and an id, the base, is the sum of all runs up to that one.
 */
export type Counts = Readonly<Record<string, number>>

/** How a session ended. Later releases may know more fields and causes. */
export interface Ended {
  /** When it ended, or was found to have ended; ms since the epoch. */
  readonly at: number
  /**
   * `exited`: its command ended. `gone`: it was no longer there, for example because it was killed by hand. `replaced`: another
   * session had its name.
   */
  readonly cause: 'exited' | 'gone' | 'replaced'
  /** The exit code of its command; absent when a signal ended it, or nobody knows. */
  readonly exitCode?: number
  /** The number of the signal that ended its command. */
  readonly signal?: number
  /** The last lines of its screen. */
  readonly screen?: string
}

/** What is kept of an earlier session of a workspace. Times are ms since the epoch. */
export interface PastSession {
  /** The id that the host gave it. Absent in records that were written by hand. */
  readonly incarnation?: string
  readonly createdAt: number
  readonly lastActivityAt: number
  readonly totalRequests: number
  /** How it ended, without its screen. Absent if nobody saw that, as in a reboot. */
  readonly ended?: Omit<Ended, 'screen'>
  /** Its attributes. Only the newest earlier session has them, and only if their JSON has at most 32,768 characters. */
  readonly attributes?: unknown
}

/** The metadata of one session. Times are ms since the epoch. */
export interface SessionMetadata<Attributes = JsonObject> {
  /** The name of the session on its host. */
  readonly sessionName: string
  /** The name that the gateway uses for the session. */
  readonly workspace: string
  /** When the session was created. */
  readonly createdAt: number
  /** When a request or `touch()` last used the session; saving and discovery do not change it. */
  readonly lastActivityAt: number
  /** The number of requests that were started, over all runs of the gateway: the sum of `counts`. */
  readonly totalRequests: number
  /** `totalRequests` by run. Absent if no run has a count of its own. */
  readonly counts?: Counts
  readonly status: SessionStatus
  /** The id that the host gave this incarnation. Absent in records that were written by hand. */
  readonly incarnation?: string
  /** The pool that the record belongs to: its `poolId`, else its session prefix. Absent: any pool that may use this session name. */
  readonly pool?: string
  /** Grows with every change; 0 if the record has none. */
  readonly revision: number
  /** The id of the run that wrote the record. It sorts after the ids of earlier runs; empty if the record has none. */
  readonly run: string
  /** The gateway's own data. */
  readonly attributes?: Attributes
  /** Set if only the name says that the session belongs to the pool. The pool never reaps or terminates such a session. */
  readonly adopted?: true
  /** The earlier sessions of this name, newest first, at most 20. Absent if there were none. */
  readonly past?: readonly PastSession[]
  /** When the record may be removed. Set only once its session has ended. */
  readonly expiresAt?: number
  /** How the session ended. Set only once it has ended by itself, beside `expiresAt`. */
  readonly ended?: Ended
  /** The version of this format. */
  readonly schemaVersion: 1
}

/** The schemaVersion that this release writes, and the highest that it reads. */
export const SCHEMA_VERSION = 1

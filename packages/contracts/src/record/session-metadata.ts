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

/**
 * The versions of the attributes of a record, by which copies that were written separately can be joined attribute by
 * attribute. A version is an opaque text; versions sort by time.
 */
export interface AttributesAt {
  /** The version of every attribute that `some` does not name, and of those that the record does not have. Absent if the writer did not know all attributes. */
  readonly all?: string
  /** The names of attributes that were set or removed since, by version. */
  readonly some?: Readonly<Record<string, readonly string[]>>
  /** A checksum of the attributes. If it is not that of the attributes, somebody edited them. */
  readonly sum?: string
}

/**
 * Why a session ended.
 *
 * - `exited`: its command ended, by an exit code or a signal.
 * - `killed`: it is no longer there, and its server goes on; somebody else ended it.
 * - `server`: it ended with the server of its host.
 * - `boot`: it ended with its machine; the host runs in another boot now.
 * - `deleted`, `terminated`: `deleteSession()` or `terminate()` ended it.
 * - `idle`: the pool ended it, since it was silent.
 * - `replaced`: another session has its name.
 */
export type EndCause = 'exited' | 'killed' | 'server' | 'boot' | 'deleted' | 'terminated' | 'idle' | 'replaced'

/** How a session ended. Later releases may know more fields and causes. */
export interface Ended {
  /** When it ended, or was found to have ended; ms since the epoch. */
  readonly at: number
  readonly cause: EndCause
  /** The exit code of its command; absent when a signal ended it, or nobody knows. */
  readonly exitCode?: number
  /** The number of the signal that ended its command. */
  readonly signal?: number
  /** Set if a request was running when it ended. */
  readonly interrupted?: true
  /**
   * Set while the end may be a part of a shutdown, which ends the commands first. `boot`: the machine may have shut down.
   * `server`: the server or the machine may have. If the pool then finds another boot or another server, the cause becomes
   * `boot` or `server`.
   */
  readonly mayBeShutdown?: 'server' | 'boot'
  /** The last lines of its screen. */
  readonly screen?: string
}

/** The attempts to resume a session. They outlive the process, so that a crash loop ends. Times are ms since the epoch. */
export interface ResumeTries {
  /** The number of attempts since it was last known to be well. */
  readonly count: number
  /** When the last of them began. The session of that attempt is stamped with this time. */
  readonly lastAt: number
  /** Before this time, only `resumeSession()` makes another attempt. */
  readonly nextAt: number
  /** Why the last attempt failed. */
  readonly error?: string
  /** Set when only `resumeSession()` makes another attempt. */
  readonly parked?: true
}

/** Where the command of a session was started, and how, as far as it may be stored. Values of variables never are. */
export interface LaunchPlace {
  /** The working directory. */
  readonly cwd?: string
  /** The command, if the call that created the session gave it. What `launch` returned is not stored. */
  readonly command?: string | readonly string[]
  /** Set if the pool must not start `command` by itself: it is too long to be stored, `history.redact` has changed it, or it was read from a store that other machines can write to. */
  readonly withheld?: true
  readonly cols?: number
  readonly rows?: number
  /** The names of the variables that the call which created the session gave. */
  readonly env?: readonly string[]
}

/** What is kept of an earlier session of a workspace. Times are ms since the epoch. */
export interface PastSession {
  /** The id that the host gave it. Absent in records that were written by hand. */
  readonly incarnation?: string
  /** When it was started. */
  readonly createdAt: number
  readonly lastActivityAt: number
  /** The number of requests until its end, with those of the sessions that it resumed. */
  readonly totalRequests: number
  /** Its generation; absent means 1. */
  readonly generation?: number
  /** How it ended, without its screen. Absent if that is not known. */
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
  /** When the session was created. A session that was resumed keeps the time of the first one. */
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
  /** The versions of the attributes. Absent if they say no more than the revision. */
  readonly attributesAt?: AttributesAt
  /** Set if only the name says that the session belongs to the pool. The pool never reaps or terminates such a session. */
  readonly takenIn?: true
  /** 1 for a session that was not resumed, and one more with each resume. Absent means 1. */
  readonly generation?: number
  /** When this incarnation was started. Absent if that is `createdAt`. */
  readonly startedAt?: number
  /** The boot in which the host started the session, an opaque text. Absent if nobody could say. */
  readonly boot?: string
  /** Where its command was started, and how. */
  readonly place?: LaunchPlace
  /** The id of the process that its command runs as, where the session runs. It may outlive the session. Absent when the host does not say. */
  readonly pid?: number
  /** The attempts to resume it. Absent if there were none, and again once it was well for long enough. */
  readonly tries?: ResumeTries
  /** The earlier sessions of the workspace, newest first, at most 20. Absent if there were none. */
  readonly past?: readonly PastSession[]
  /** When the record may be removed. Set only once its session has ended. */
  readonly expiresAt?: number
  /** How the session ended, if `expiresAt` is set too. Without `expiresAt`, the pool was about to end the session, which may still live. */
  readonly ended?: Ended
  /** The version of this format. */
  readonly schemaVersion: 1
}

/** The schemaVersion that this release writes, and the highest that it reads. */
export const SCHEMA_VERSION = 1

/** What may stand in a session: `active` while a request runs, `idle` otherwise, `draining` when it takes no new ones. */
export type SessionStatus = 'active' | 'idle' | 'draining'

/** Values that survive a round trip through JSON. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }
/** An object that survives a round trip through JSON. */
export type JsonObject = { [key: string]: JsonValue }

/**
 * Requests by the id of the run that counted them, so that copies written apart can be joined exactly. The count under
 * `<=` and an id is that of all runs up to that one.
 */
export type Counts = Readonly<Record<string, number>>

/** What the pool remembers of one session. Times are ms since the epoch. */
export interface SessionMetadata<Attributes = JsonObject> {
  /** What the host calls it. */
  readonly sessionName: string
  /** What the gateway calls it. */
  readonly workspace: string
  readonly createdAt: number
  /** Moved by requests and `touch()` alone, never by bookkeeping. */
  readonly lastActivityAt: number
  /** Requests started, over all runs of the gateway: the sum of `counts`. */
  readonly totalRequests: number
  /** `totalRequests` by run, of the newest runs; absent where no run kept a count of its own. */
  readonly counts?: Counts
  readonly status: SessionStatus
  /** The host's identity of this session; absent on records written by hand. */
  readonly incarnation?: string
  /** Whose record it is: the `poolId`, else the session prefix. Absent: whoever may have that name. */
  readonly pool?: string
  /** Grows with every change; 0 where a record does not say. */
  readonly revision: number
  /** The id of the run that wrote it, later than those of earlier runs; empty where a record does not say. */
  readonly run: string
  /** The gateway's own JSON. */
  readonly attributes?: Attributes
  /** On sessions that the pool took in by their name alone: it never reaps or terminates them. */
  readonly adopted?: true
  /** Only on the record of a session that is no more: when it may be removed. */
  readonly expiresAt?: number
  readonly schemaVersion: 1
}

/** The schemaVersion that this release writes, and the highest that it reads. */
export const SCHEMA_VERSION = 1

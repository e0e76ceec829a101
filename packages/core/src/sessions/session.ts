import type { HostSession, SessionRef } from '../contracts/session-host.ts'
import { addSaturating } from '../record/limits.ts'
import type { StoredRecord } from '../record/parse-record.ts'
import type { JsonObject, JsonValue, SessionMetadata, SessionStatus } from '../record/session-metadata.ts'

/** Where a session's createdAt is from: made by this run, read from a store, the host's stamp, the host's own clock, or a guess. */
export type Origin = 'created' | 'stored' | 'stamp' | 'host' | 'now'

/** How the pool came to know a session. */
export type Outcome = 'created' | 'recovered' | 'adopted' | 'unverified' | 'recreated'

/**
 * Where a session stands. Living: `live`, and `ending` while it is being killed. Not living yet: `creating`; `unready`, when
 * it was made, did not become ready and could not be ended. Tombstones, which only remain to be told to stores: `ended` by
 * itself; `orphan`, a record whose session this run never had; `deleted` by the pool; `moved`, the former name of a session
 * that has another name now.
 */
type Phase = 'creating' | 'unready' | 'live' | 'ending' | 'ended' | 'orphan' | 'deleted' | 'moved'

/** What this run did to a session. */
interface Own {
  /** Requests that this run started. */
  requests: number
  /** The last activity of this run, ms since the epoch; 0 before the first. */
  activityAt: number
  /** Whether it is at work, as this run has seen; undefined before its first request. */
  work: 'active' | 'idle' | undefined
  /** Whether this run has set or cleared draining. */
  draining: boolean | undefined
  /** The attributes that this run has set, by key; undefined removes a key. */
  readonly attributes: Map<string, JsonValue | undefined>
}

/** What is believed where nothing is stored. Times are ms since the epoch. */
interface Guess {
  readonly createdAt: number
  readonly origin: Origin
  readonly lastActivityAt: number
}

/** What follows from `past`, `guess` and `own.attributes`; computed when one of them changes. See `derive()`. */
export interface Derived {
  readonly createdAt: number
  readonly origin: Origin
  /** Requests of all other runs. */
  readonly otherRequests: number
  /** What is stored as attributes. */
  readonly attributes: JsonObject | undefined
  /** What callers see as attributes: those of `attributes` that passed their schema, as the schema gave them. */
  readonly shownAttributes: unknown
  /** Stored attributes that failed their schema; written back untouched. */
  readonly setAside: unknown
}

/** How safe the record of a session is. */
export interface Durability {
  /** True once every configured store has answered for it. */
  readonly verified: boolean
  /** True while a store that retains has acknowledged everything that is known of it now. */
  readonly saved: boolean
}

/** What callers see of a session; frozen, and the same object for as long as nothing changes. */
export interface SessionView<Attributes = JsonObject> extends SessionMetadata<Attributes>, Durability {
  /** Requests of this run that have started and not completed. */
  readonly activeRequests: number
  /** Where createdAt is from. */
  readonly origin: Origin
}

/** One entry of the session table: what earlier runs left (`past`), what this run did (`own`), what is guessed, and its phase. */
export interface Session {
  readonly workspace: string
  /** The session as the host last listed it. */
  hosted: HostSession
  phase: Phase
  outcome: Outcome
  /** True when a stamp, a record or this run proves that the session is ours; false when only its name says so. */
  proven: boolean
  /** What every store that has answered knew of it, joined; absent until one knew something. */
  past: StoredRecord | undefined
  readonly own: Own
  guess: Guess
  derived: Derived
  revision: number
  /** The run that wrote its revision. */
  run: string
  /** What this run writes of it bears this in place of the run: a session that leaves and comes back is another life. */
  readonly life: string
  /** True once this run has changed it or decided to write it: from then on its revision only grows. */
  claimed: boolean
  /** Requests of this run that have started and not completed. */
  activeRequests: number
  /** Whether a store had another incarnation's record under its name. */
  replaced: boolean
  /** True while its turn from idle to active is on its way to the stores. */
  urgent: boolean
  /** Since when it waits to be marked dirty in the replicas, monotonic ms; undefined: it does not. */
  changedSince: number | undefined
  /** When the host last listed it; monotonic ms. */
  seenAliveAt: number
  /** Since when (monotonic ms) neither the pool nor the host saw it do anything, and the activity that this was measured by. */
  silence: { since: number; readonly requests: number; readonly at: number; readonly hostAt: number | undefined }
  /** When it ended; monotonic ms. */
  endedAt: number
  /** Of a record that stays behind: when it may be removed, ms since the epoch. */
  expiresAt: number | undefined
  /** Of a former name: the session, whose record is to be safe under its present name first. */
  readonly successor: Session | undefined
  /** The view that callers were shown last, and what it was made from. */
  shown: { readonly facts: readonly unknown[]; readonly view: SessionView<unknown> } | undefined
}

type Needed = 'workspace' | 'hosted' | 'phase' | 'life' | 'seenAliveAt'
type NewSession = Pick<Session, Needed> & Partial<Omit<Session, Needed>>

/** Makes an entry of which nothing is stored and to which nothing was done, but for what is given. */
export function createSession(given: NewSession): Session {
  const guess = given.guess ?? { createdAt: 0, origin: 'now', lastActivityAt: 0 }
  return {
    outcome: 'unverified',
    proven: true,
    past: undefined,
    own: { requests: 0, activityAt: 0, work: undefined, draining: undefined, attributes: new Map() },
    derived: {
      ...{ createdAt: guess.createdAt, origin: guess.origin, otherRequests: 0 },
      ...{ attributes: undefined, shownAttributes: undefined, setAside: undefined },
    },
    revision: 1,
    run: given.life,
    claimed: false,
    activeRequests: 0,
    replaced: false,
    urgent: false,
    changedSince: undefined,
    silence: {
      since: given.seenAliveAt,
      requests: 0,
      at: guess.lastActivityAt,
      hostAt: given.hosted.lastActivityAt,
    },
    endedAt: 0,
    expiresAt: undefined,
    successor: undefined,
    shown: undefined,
    ...given,
    guess,
  }
}

/** Draining outlasts activity, and whoever set it last decides; the rest is what was seen of the session at work. */
export function statusOf({ past, own }: Session): SessionStatus {
  if (own.draining ?? past?.status === 'draining') return 'draining'
  return own.work ?? (past?.status === 'active' ? 'active' : 'idle')
}

/** The last activity of all runs, ms since the epoch. */
export function lastActivityOf({ past, own, guess }: Session): number {
  return Math.max((past ?? guess).lastActivityAt, own.activityAt)
}

/** Requests of all runs. */
export function requestsOf({ derived, own }: Session): number {
  return addSaturating(derived.otherRequests, own.requests)
}

/** Whether a record stays behind, until it expires. */
export function leavesRecord({ phase }: Session): boolean {
  return phase === 'ended' || phase === 'orphan'
}

/** What tells one session of a host from all others, earlier and later; the name, where the host knows no incarnations. */
export function identityOf({ sessionName, incarnation }: SessionRef): string {
  return incarnation === undefined ? `name ${sessionName}` : `incarnation ${incarnation}`
}

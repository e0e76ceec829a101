import type {
  AttributesAt,
  Ended,
  JsonObject,
  LaunchPlace,
  PastSession,
  ResumeTries,
  SessionMetadata,
  SessionStatus,
  StoredRecord,
} from '@sessionkeep/contracts'
import type { HostSession, Variables } from '@sessionkeep/contracts/host'
import { type AttributeSizes, addSaturating, type SetAttribute } from '@sessionkeep/contracts/internal'

/**
 * The source of `createdAt`: `created` by this run, `stored` in a record, the `stamp` on the session, the `host`'s own record, or
 * `now`, the time at which the session was found.
 */
export type Origin = 'created' | 'stored' | 'stamp' | 'host' | 'now'

/** How the pool got to know a session: see the glossary for each word. */
export type Outcome = 'created' | 'recovered' | 'adopted' | 'unverified' | 'recreated'

/**
 * The phase of a session.
 *
 * - Not living yet: `creating`; `unready`, when it was created, did not become ready and could not be killed.
 * - Living: `live`; `ending` while the pool kills it.
 * - Tombstones, which stay until every store has acknowledged them: `ended`, whose last record stays; `orphan`, a record whose
 *   session this run never had; `deleted`, whose record is deleted; `moved`, the former name of a session that was renamed.
 */
type Phase = 'creating' | 'unready' | 'live' | 'ending' | 'ended' | 'orphan' | 'deleted' | 'moved'

/** What this run did to a session, as opposed to earlier runs. */
interface Own {
  /** Requests that this run started. */
  requests: number
  /** The last activity of this run, ms since the epoch; 0 before the first. */
  activityAt: number
  /** Whether the session is at work, as far as this run knows; undefined before its first request. */
  work: 'active' | 'idle' | undefined
  /** Whether the session is draining, if this run has set or cleared that; undefined otherwise. */
  draining: boolean | undefined
  /** The attributes that this run has set since they were last moved into `past`, by key. To change them, see {@link ownAttributes}. */
  attributes: ReadonlyMap<string, SetAttribute>
  /** When this run last set attributes, ms since the epoch; it grows with each call. 0 before the first. */
  attributesAt: number
  /** The size of each attribute as JSON, and their sum; undefined until they are next needed. */
  sizes: AttributeSizes | undefined
}

/** How this incarnation was started, if that is not in a record yet. */
export type Started = Pick<SessionMetadata, 'generation' | 'startedAt' | 'boot'> & { readonly place?: LaunchPlace }

/** The values that are used when no store has a record. Times are ms since the epoch. */
interface Guess {
  readonly createdAt: number
  readonly origin: Origin
  readonly lastActivityAt: number
}

/** Values computed from `past`, `guess` and `own.attributes` whenever one of them changes. See `derive()`. */
export interface Derived {
  readonly createdAt: number
  readonly origin: Origin
  /** Requests of all other runs. */
  readonly otherRequests: number
  /** The attributes. They are put together when they are first read, since they may be large and change often. */
  readonly attributes: () => DerivedAttributes
}

/** The attributes of a session: those of its record, with the changes of this run. */
export interface DerivedAttributes {
  /** The attributes that are written to stores. */
  readonly stored: JsonObject | undefined
  /** The attributes that callers see: `stored` as the schema returns them, or undefined when they fail it. */
  readonly shown: unknown
  /** Stored attributes that fail the schema; they are written back unchanged. */
  readonly setAside: unknown
  /** The versions of the attributes that are written. */
  readonly versions: AttributesAt | undefined
}

/** Whether the stores have answered for a session, and whether one of them has its latest state. */
export interface Durability {
  /** True once every store has answered for this session, so that its past is complete. */
  readonly verified: boolean
  /** True while at least one store that retains records has acknowledged the latest state. */
  readonly saved: boolean
}

/** What the host says of a living session. `exited` and `silenceMs` are computed whenever they are read. */
export interface SessionFacts {
  /** Whether its command has ended, or the session has left the pool, as far as is known without asking the host. */
  readonly exited: boolean
  /** Whether a client, such as a person's terminal, is attached. */
  readonly attached: boolean
  /** How long ago the session last had output or a client, ms; undefined when the host does not say. tmux counts in whole seconds. */
  readonly silenceMs: number | undefined
  /** The name of the program that has the terminal, such as `make` while a shell runs it; absent when the host does not say. */
  readonly foreground?: string | undefined
}

/** A session as callers see it. It is frozen, and it is the same object as long as nothing changes. */
export interface SessionView<Attributes = JsonObject> extends SessionMetadata<Attributes>, Durability, SessionFacts {
  /** The number of requests of this run that have started and not completed. */
  readonly activeRequests: number
  /** The source of `createdAt`. */
  readonly origin: Origin
  /** How the session ended that this one resumes. Absent if it was not resumed. */
  readonly previous?: PastSession['ended']
}

/** One entry of the session table. `past` is from earlier runs, `own` is what this run did, and `guess` fills in the rest. */
export interface Session {
  readonly workspace: string
  /** The session as the host last reported it. */
  hosted: HostSession
  phase: Phase
  outcome: Outcome
  /** True when a stamp proves that this pool created the session; false when it was taken in by its name. */
  proven: boolean
  /** The joined records of all stores that have answered; undefined until one of them had a record. */
  past: StoredRecord | undefined
  /** Earlier sessions of the workspace that are not in `past`, since other records had them. */
  earlier: readonly PastSession[]
  readonly own: Own
  guess: Guess
  derived: Derived
  revision: number
  /** The run, or life, that wrote the current revision. */
  run: string
  /** Written as `run` in the record. A session that leaves the pool and returns gets a new life, so that its requests are counted apart. */
  readonly life: string
  /** True once this run has changed the session or decided to write it. From then on the revision only grows. */
  claimed: boolean
  /** The number of requests of this run that have started and not completed. */
  activeRequests: number
  /** Whether a store had a record of another incarnation under the name of this session. */
  replaced: boolean
  /** True while its change from idle to active is being written. */
  urgent: boolean
  /** When it was first changed since it was last marked dirty in the replicas, monotonic ms; undefined when nothing has changed. */
  changedSince: number | undefined
  /** When the host last listed the session; monotonic ms. */
  seenAliveAt: number
  /** The start of the present silence, in which neither pool nor host saw activity (monotonic ms), and the activity values that it is measured by. */
  silence: { since: number; readonly requests: number; readonly at: number; readonly hostAt: number | undefined }
  /** When the session ended; monotonic ms. */
  endedAt: number
  /** When the record of an ended session or orphan may be removed, ms since the epoch. */
  expiresAt: number | undefined
  /** How the session ended, if this run saw that. */
  ended: Ended | undefined
  /** Set while the pool is about to end the session; `since` is in monotonic ms. Cleared when the session is seen alive later. */
  intent: { readonly ended: Ended; since: number; readonly revision: number } | undefined
  /** The first revision whose record says that the pool ended the session. Its record is removed once every store has that revision. */
  toldFrom: number | undefined
  /** How this incarnation was started, as far as this run knows; see `startFields()`. */
  started: Started | undefined
  /** The variables that this run gave its commands. Their values are never stored, and are removed from its last screen. */
  env: Variables
  /** The attempts to resume it; null if they were cleared, and undefined if those of its record hold. */
  tries: ResumeTries | null | undefined
  /** For phase `moved`: the renamed session, or the later one of its workspace. Its record has to be acknowledged under its own name before this one is deleted. */
  successor: Session | undefined
  /** The view that was returned last, and the derived values that it was made from. */
  cachedView: SessionView<unknown> | undefined
  viewedFrom: Derived | undefined
}

/** What a new session needs, and what it may have. */
type NewSession = Pick<Session, 'workspace' | 'hosted' | 'phase' | 'life' | 'seenAliveAt'> &
  Partial<Pick<Session, 'outcome' | 'proven' | 'past' | 'guess' | 'revision' | 'claimed' | 'started'>> &
  Partial<Pick<Session, 'expiresAt' | 'ended' | 'tries' | 'successor' | 'toldFrom'>>

/** Shared by all sessions that have none, since a map and a list of their own would double what a session takes in memory. */
const NO_ATTRIBUTES: ReadonlyMap<string, SetAttribute> = new Map()
const NO_PAST: readonly PastSession[] = []
const nothing: DerivedAttributes = { stored: undefined, shown: undefined, setAside: undefined, versions: undefined }
/** The derived attributes of a session that has none. */
export const noAttributes = (): DerivedAttributes => nothing

/**
 * Makes an entry of the table. Everything that is not given has the value of a session without a past. All fields are in one
 * literal, so that all sessions share one shape.
 */
export function createSession(given: NewSession): Session {
  const { hosted, life, seenAliveAt, guess = { createdAt: 0, origin: 'now', lastActivityAt: 0 } } = given
  const { createdAt, origin, lastActivityAt } = guess
  return {
    workspace: given.workspace,
    hosted,
    phase: given.phase,
    outcome: given.outcome ?? 'unverified',
    proven: given.proven ?? true,
    past: given.past,
    earlier: NO_PAST,
    own: {
      requests: 0,
      activityAt: 0,
      work: undefined,
      draining: undefined,
      attributes: NO_ATTRIBUTES,
      attributesAt: 0,
      sizes: undefined,
    },
    guess,
    derived: { createdAt, origin, otherRequests: 0, attributes: noAttributes },
    revision: given.revision ?? 1,
    run: life,
    life,
    claimed: given.claimed ?? false,
    activeRequests: 0,
    replaced: false,
    urgent: false,
    changedSince: undefined,
    seenAliveAt,
    silence: { since: seenAliveAt, requests: 0, at: lastActivityAt, hostAt: hosted.lastActivityAt },
    endedAt: 0,
    expiresAt: given.expiresAt,
    ended: given.ended,
    intent: undefined,
    toldFrom: given.toldFrom,
    started: given.started,
    env: undefined,
    tries: given.tries,
    successor: given.successor,
    cachedView: undefined,
    viewedFrom: undefined,
  }
}

/** Makes the tombstone of another name under which a record of a session is. */
export function movedTombstone(session: Session, sessionName: string): Session {
  const { workspace, life, revision, seenAliveAt } = session
  const hosted = { sessionName, incarnation: session.hosted.incarnation }
  return createSession({ workspace, hosted, phase: 'moved', life, revision, seenAliveAt, successor: session })
}

/** Returns the attributes that this run has set, in a map that the caller may change. */
export function ownAttributes({ own }: Session): Map<string, SetAttribute> {
  if (own.attributes === NO_ATTRIBUTES) own.attributes = new Map()
  return own.attributes as Map<string, SetAttribute>
}

/** Forgets the attributes that this run has set, since they are in `past` now. */
export function forgetOwnAttributes({ own }: Session): void {
  own.attributes = NO_ATTRIBUTES
}

/** The status of a session. Draining wins over activity, and this run's own values win over the stored ones. */
export function statusOf({ past, own }: Session): SessionStatus {
  if (own.draining ?? past?.status === 'draining') return 'draining'
  return own.work ?? (past?.status === 'active' ? 'active' : 'idle')
}

/** The attempts to resume a session since it was last known to be well. */
export function triesOf({ past, tries }: Session): ResumeTries | undefined {
  return tries === undefined ? past?.tries : (tries ?? undefined)
}

/** The latest activity in any run, ms since the epoch. */
export function lastActivityOf({ past, own, guess }: Session): number {
  return Math.max((past ?? guess).lastActivityAt, own.activityAt)
}

/** The number of requests in all runs. */
export const requestsOf = ({ derived, own }: Session): number => addSaturating(derived.otherRequests, own.requests)

export const isLiving = ({ phase }: Session): boolean => phase === 'live' || phase === 'ending'

/** Whether the record of this tombstone stays in the stores until it expires. */
export const leavesRecord = ({ phase }: Session): boolean => phase === 'ended' || phase === 'orphan'

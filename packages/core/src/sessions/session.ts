import { performance } from 'node:perf_hooks'
import type { HostSession } from '../contracts/session-host.ts'
import type { StoredRecord } from '../record/parse-record.ts'
import type { JsonObject, JsonValue, SessionStatus } from '../record/session-metadata.ts'
import type { Replica } from '../replication/replica.ts'
import type { StoreKey } from '../replication/store-key.ts'

/** Where a session's createdAt is from: made by this run, read from a store, the host's stamp, the host's own clock, or a guess. */
export type Origin = 'created' | 'stored' | 'stamp' | 'host' | 'now'

/** How the pool came to know a session. */
export type Outcome = 'created' | 'recovered' | 'adopted' | 'unverified' | 'recreated'

/** A session in the pool's memory: what earlier runs left (`past`), what this run did, and the sum of both. */
export interface Entry {
  readonly workspace: string
  session: HostSession
  outcome: Outcome
  /** True when a stamp, a record or this run proves that the session is ours; false when only its name says so. */
  proven: boolean

  /** What every store that has answered knew of it, joined; absent until one knew something. */
  past: StoredRecord | undefined
  /** Requests of this run. */
  delta: number
  /** The last activity of this run, 0 before the first. */
  touchedAt: number
  /** Whether it is at work, as this run has seen; undefined before its first request. */
  ownStatus: 'active' | 'idle' | undefined
  /** Whether this run has set or cleared draining. */
  ownDraining: boolean | undefined
  /** The attributes that this run has set, by key; undefined removes a key. */
  readonly ownAttributes: Map<string, JsonValue | undefined>
  /** What is believed where nothing is stored. */
  readonly guess: { readonly createdAt: number; readonly origin: Origin; readonly lastActivityAt: number }

  createdAt: number
  origin: Origin
  lastActivityAt: number
  base: number
  status: SessionStatus
  /** What is stored as attributes. */
  attributes: JsonObject | undefined
  /** What callers see as attributes: those of `attributes` that passed their schema, as the schema gave them. */
  shownAttributes: unknown
  /** Stored attributes that failed their schema; written back untouched. */
  setAside: unknown
  /** Fields that this release does not know. */
  extra: JsonObject
  revision: number
  run: string
  /** What this run writes of it bears this in place of the run: a session that leaves and comes back is another life. */
  readonly life: string
  /** True once this run has changed it or decided to write it: from then on its revision only grows. */
  claimed: boolean

  activeRequests: number
  /** The revision that each store has acknowledged. */
  readonly saved: Map<Replica, number>
  /** The stores that have answered for it. */
  readonly answeredBy: Set<Replica>
  /** The stores that this run has written it to. */
  readonly writtenTo: Set<Replica>
  /** Stores that were let go before they had answered for it, by their keys: what they know is not known here. */
  readonly unheard: Set<StoreKey>
  /** Whether a store had another incarnation's record under its name. */
  replaced: boolean
  /** True while its turn from idle to active is on its way to the stores. */
  hurried: boolean
  /** True while it waits to be marked in the replicas. */
  changed: boolean
  /** The first change of those that wait, or waited last; monotonic ms. */
  changedAt: number
  /** When the host last listed it; monotonic ms. */
  seenAliveAt: number
  /** Since when neither the pool nor the host saw it do anything; monotonic ms. */
  silentSince: number
  /** The activity that `silentSince` was measured by. */
  activity: { requests: number; at: number; hostAt: number | undefined }
  /** True while it is being killed. */
  ending: boolean
}

export interface NewEntry {
  readonly workspace: string
  readonly session: HostSession
  readonly outcome: Outcome
  readonly proven: boolean
  readonly origin: Origin
  readonly createdAt: number
  readonly lastActivityAt: number
  readonly run: string
  /** Monotonic ms. */
  readonly seenAliveAt: number
}

/** Draining outlasts activity, and whoever set it last decides; the rest is what was seen of the session at work. */
export function statusOf({ past, ownStatus, ownDraining }: Entry): SessionStatus {
  if (ownDraining ?? past?.status === 'draining') return 'draining'
  return ownStatus ?? (past?.status === 'active' ? 'active' : 'idle')
}

export function createEntry(from: NewEntry): Entry {
  const { workspace, session, outcome, proven, origin, createdAt, lastActivityAt, run, seenAliveAt } = from
  return {
    workspace,
    session,
    outcome,
    proven,
    past: undefined,
    delta: 0,
    touchedAt: 0,
    ownStatus: undefined,
    ownDraining: undefined,
    ownAttributes: new Map(),
    guess: { createdAt, origin, lastActivityAt },
    createdAt,
    origin,
    lastActivityAt,
    base: 0,
    status: 'idle',
    attributes: undefined,
    shownAttributes: undefined,
    setAside: undefined,
    extra: {},
    claimed: outcome === 'created',
    revision: 1,
    run,
    life: run,
    activeRequests: 0,
    saved: new Map(),
    answeredBy: new Set(),
    writtenTo: new Set(),
    unheard: new Set(),
    replaced: false,
    hurried: false,
    changed: false,
    changedAt: 0,
    seenAliveAt,
    silentSince: performance.now(),
    activity: { requests: 0, at: lastActivityAt, hostAt: session.lastActivityAt },
    ending: false,
  }
}

import type { PoolError } from '../errors/pool-error.ts'
import type { StoreError } from '../errors/store-error.ts'
import type { ReplicaSet } from '../replication/replicas.ts'
import type { Origin, Outcome } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { problemOf } from './collect-copies.ts'
import type { DiscoveryResult } from './discover.ts'
import { joined } from './orphans.ts'
import type { RecordProblem } from './reconcile-types.ts'

/** What a discovery pass found. Workspaces where the pool has one, session names where it has not. */
export interface DiscoveryReport {
  /** `unavailable`: the host could not say what lives; everything was left as it was. */
  readonly host: { readonly state: 'listed' | 'unavailable'; readonly error?: PoolError }
  /** Whether each configured store could say what it has. */
  readonly stores: ReadonlyArray<{
    readonly store: string
    readonly state: 'answered' | 'unavailable'
    readonly error?: StoreError
  }>
  /** Every session of the pool, and how it came to be known. */
  readonly sessions: ReadonlyArray<DiscoveredSession>
  /** With the metadata that a store had. */
  readonly recovered: readonly string[]
  /** With defaults: every store said that it has nothing, or nothing readable. */
  readonly adopted: readonly string[]
  /** Served, while some store has not answered yet. */
  readonly unverified: readonly string[]
  /** With defaults: the record under that name was of an earlier session. */
  readonly recreated: readonly string[]
  /** Made by this run. */
  readonly created: readonly string[]
  /** Records without a session; `expiresAt` is ms since the epoch. */
  readonly orphaned: ReadonlyArray<{ readonly sessionName: string; readonly expiresAt?: number }>
  /** Live sessions that are not this pool's; untouched. */
  readonly foreign: readonly string[]
  /** Live sessions that claim a workspace which another session has; untouched. */
  readonly conflicts: readonly string[]
  /** Stored records that were not used, and why. */
  readonly problems: readonly RecordProblem[]
}

/** A session of the pool, as a discovery pass left it. */
interface DiscoveredSession {
  readonly workspace: string
  readonly sessionName: string
  readonly outcome: Outcome
  readonly origin: Origin
  readonly verified: boolean
}

/** Reports a pass by what memory has after it. */
export function reportOf(
  { table, durabilityOf }: Sessions,
  replicas: ReplicaSet,
  { hostError, storeErrors, answers, reconciliation }: DiscoveryResult,
): DiscoveryReport {
  const living = table.living()
  const having = (outcome: Outcome) =>
    living.filter((session) => session.outcome === outcome).map(({ workspace }) => workspace)
  const answered = new Set(answers.map(({ store }) => store))
  return {
    host: hostError ? { state: 'unavailable', error: hostError } : { state: 'listed' },
    stores: replicas.active().map((replica) => {
      const error = storeErrors.get(replica) ?? replica.error()
      return {
        store: replica.label,
        state: answered.has(replica) ? 'answered' : 'unavailable',
        ...(error ? { error } : {}),
      }
    }),
    sessions: living.map((session) => ({
      workspace: session.workspace,
      sessionName: session.hosted.sessionName,
      outcome: session.outcome,
      origin: session.derived.origin,
      verified: durabilityOf(session).verified,
    })),
    recovered: having('recovered'),
    adopted: having('adopted'),
    unverified: having('unverified'),
    recreated: having('recreated'),
    created: having('created'),
    orphaned: reconciliation.orphans.map((orphan) => {
      const { sessionName } = orphan
      const expiresAt = table.tombstone(sessionName)?.expiresAt ?? joined(orphan).expiresAt
      return { sessionName, ...(expiresAt === undefined ? {} : { expiresAt }) }
    }),
    foreign: reconciliation.foreign,
    conflicts: reconciliation.conflicts,
    problems: answers.flatMap(({ store, copies }) =>
      [...copies].flatMap(([name, copy]) => problemOf(store, name, copy)),
    ),
  }
}

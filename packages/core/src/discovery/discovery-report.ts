import type { StoreError } from '@sessionkeep/contracts'
import type { PoolError } from '@sessionkeep/contracts/errors'
import type { ReplicaSet } from '@sessionkeep/replication'
import type { Origin, Outcome } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { problemOf } from './collect-copies.ts'
import type { DiscoveryResult } from './discover.ts'
import { joinedRecord } from './orphans.ts'
import type { RecordProblem } from './reconcile-types.ts'

/**
 * What `pool.discoverExistingSessions()` found. `recovered`, `adopted`, `unverified`, `recreated` and `created` list workspaces;
 * `orphaned`, `foreign` and `conflicts` list session names.
 */
export interface DiscoveryReport {
  /** Whether the host listed its sessions. If it is `unavailable`, no session was ended or taken in. */
  readonly host: { readonly state: 'listed' | 'unavailable'; readonly error?: PoolError }
  /** Whether each active store answered. */
  readonly stores: ReadonlyArray<{
    readonly store: string
    readonly state: 'answered' | 'unavailable'
    readonly error?: StoreError
  }>
  /** All sessions of the pool. */
  readonly sessions: ReadonlyArray<DiscoveredSession>
  /** Sessions whose metadata a store had. */
  readonly recovered: readonly string[]
  /** Sessions with default metadata, since every store answered that it has no usable record. */
  readonly adopted: readonly string[]
  /** Sessions that at least one store has not answered for yet. They are served meanwhile. */
  readonly unverified: readonly string[]
  /** Sessions with default metadata, since the record under their name belongs to an earlier incarnation. */
  readonly recreated: readonly string[]
  /** Sessions that this run created. */
  readonly created: readonly string[]
  /** Records without a living session, and when they may be removed, ms since the epoch. */
  readonly orphaned: ReadonlyArray<{ readonly sessionName: string; readonly expiresAt?: number }>
  /** Living sessions that do not belong to this pool. They are not touched. */
  readonly foreign: readonly string[]
  /** Living sessions whose workspace already has another session. They are not touched. */
  readonly conflicts: readonly string[]
  /** Living sessions whose stamp is not used, since the host or the pool does not believe it, and why. */
  readonly doubtful: ReadonlyArray<{ readonly sessionName: string; readonly reason: string }>
  /** Stored records that could not be used, and why. */
  readonly problems: readonly RecordProblem[]
}

/** A session of the pool after a discovery pass. */
interface DiscoveredSession {
  readonly workspace: string
  readonly sessionName: string
  readonly outcome: Outcome
  /** Where `createdAt` comes from. */
  readonly origin: Origin
  /** Whether every store has answered for the session. */
  readonly verified: boolean
}

/** Makes the report of a pass, from its result and from memory after it. */
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
    orphaned: reconciliation.orphans.flatMap((orphan) => {
      const { sessionName, copies } = orphan
      if (table.isDeleted(copies[0]?.incarnation)) return []
      const expiresAt = table.tombstone(sessionName)?.expiresAt ?? joinedRecord(orphan).expiresAt
      return { sessionName, ...(expiresAt === undefined ? {} : { expiresAt }) }
    }),
    foreign: reconciliation.foreign,
    conflicts: reconciliation.conflicts,
    doubtful: reconciliation.doubtful,
    problems: answers.flatMap(({ store, copies }) =>
      [...copies].flatMap(([name, copy]) => problemOf(store, name, copy)),
    ),
  }
}

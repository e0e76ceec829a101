import type { HostState } from '../discovery/poll-host.ts'
import type { PoolStats } from './stats.ts'
import type { PersistenceStatus } from './stores/persistence.ts'

/**
 * Whether a pool can serve sessions, in a word.
 *
 * - `ok`: the host answers, and persistence is as selected; `memory` or `none` count as selected.
 * - `degraded`: sessions can be served, and a store is behind, locked, contended or missing.
 * - `starting`: the pool has not started, or has not heard from the host yet.
 * - `unavailable`: the host does not answer.
 * - `stopped`: the pool was stopped.
 */
type HealthState = 'ok' | 'degraded' | 'starting' | 'unavailable' | 'stopped'

/** The health of a pool. Plain JSON, without credentials; it comes from memory, so that asking costs no call. */
export interface PoolHealth {
  /** The owner that the records of the pool name: its `poolId`, else its session prefix. */
  readonly pool: string
  readonly status: HealthState
  readonly host: HostState
  /** The reason for the present state of persistence, as in `persistence()`. */
  readonly persistence: PersistenceStatus['effective']['reason']
  readonly stores: ReadonlyArray<
    Pick<PersistenceStatus['stores'][number], 'store' | 'role' | 'state' | 'dirty' | 'oldestDirtyMs'> & {
      /** The code of its error that has not been resolved; absent when there is none. */
      readonly code?: string
    }
  >
  /** The number of living sessions. */
  readonly sessions: number
  /** The number of living sessions whose latest state no store has acknowledged: what a crash would lose now. */
  readonly unsaved: number
  /** The age of the oldest change that some store has not acknowledged, ms; 0 when there is none. */
  readonly oldestDirtyMs: number
}

/** The reasons with which persistence is as it was selected. */
const AS_SELECTED: ReadonlySet<string> = new Set(['ok', 'observing', 'off', 'rolled-back'])

/** Makes the health of a pool from its numbers and the state of its stores. */
export function healthOf(pool: string, { started, host }: PoolStats, persistence: PersistenceStatus): PoolHealth {
  const { effective, stores, sessions, saved, oldestDirtyMs } = persistence
  const { reason } = effective
  return {
    ...{ pool, status: stateOf(started, host, reason), host, persistence: reason },
    stores: stores.map(({ store, role, state, dirty, oldestDirtyMs, lastError }) => ({
      ...{ store, role, state, dirty, oldestDirtyMs },
      ...(lastError ? { code: lastError.code } : {}),
    })),
    ...{ sessions, unsaved: sessions - saved, oldestDirtyMs },
  }
}

function stateOf(started: boolean, { state }: HostState, reason: PoolHealth['persistence']): HealthState {
  if (reason === 'stopped') return 'stopped'
  if (state === 'unavailable') return 'unavailable'
  if (!started || state === 'unknown') return 'starting'
  return AS_SELECTED.has(reason) ? 'ok' : 'degraded'
}

import type { SessionPool } from '@sessionkeep/core'
import type { Attributes, MetricName } from './metrics.ts'

/** The methods of a pool that its metrics are read from. Any `SessionPool` has them. */
export type ObservedPool = Pick<SessionPool<never>, 'health' | 'getStats'>

/** One pool or several. */
export type Pools = ObservedPool | readonly ObservedPool[]

/** The present value of a gauge. */
export interface Observation {
  readonly name: MetricName
  readonly value: number
  readonly attributes: Attributes
}

const STATUSES = ['active', 'idle', 'draining'] as const
const UP: ReadonlySet<string> = new Set(['attached', 'observing'])

/** The given pools as a list. */
export const poolsOf = (pools: Pools): readonly ObservedPool[] => ('health' in pools ? [pools] : pools)

/** Reads the gauges of a pool. This reads only memory, and asks no store. */
export function observe(pool: ObservedPool): Observation[] {
  const health = pool.health()
  const stats = pool.getStats()
  const of = { 'sessionkeep.pool': health.pool }
  const sessions = { active: stats.activeSessions, idle: stats.idleSessions, draining: stats.drainingSessions }
  return [
    { name: 'sessionkeep.health', value: 1, attributes: { ...of, 'sessionkeep.status': health.status } },
    { name: 'sessionkeep.persistence', value: 1, attributes: { ...of, 'sessionkeep.reason': health.persistence } },
    { name: 'sessionkeep.host.up', value: health.host.state === 'available' ? 1 : 0, attributes: of },
    ...STATUSES.map((status): Observation => {
      const attributes = { ...of, 'sessionkeep.status': status }
      return { name: 'sessionkeep.sessions', value: sessions[status], attributes }
    }),
    { name: 'sessionkeep.sessions.limit', value: stats.maxSessions, attributes: of },
    { name: 'sessionkeep.sessions.unsaved', value: health.unsaved, attributes: of },
    { name: 'sessionkeep.sessions.ended', value: stats.endedSessions, attributes: of },
    { name: 'sessionkeep.requests.active', value: stats.activeRequests, attributes: of },
    { name: 'sessionkeep.unsaved.age', value: health.oldestDirtyMs / 1000, attributes: of },
    ...health.stores.flatMap(({ store, role, state, dirty, oldestDirtyMs }): Observation[] => {
      const attributes = { ...of, 'sessionkeep.store': store }
      const isUp = UP.has(state) ? 1 : 0
      return [
        { name: 'sessionkeep.store.up', value: isUp, attributes: { ...attributes, 'sessionkeep.role': role } },
        { name: 'sessionkeep.store.dirty', value: dirty, attributes },
        { name: 'sessionkeep.store.unsaved.age', value: oldestDirtyMs / 1000, attributes },
      ]
    }),
  ]
}

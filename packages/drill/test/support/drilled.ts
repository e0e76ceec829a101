import type { MetadataStore } from '@sessionkeep/contracts'
import { systemClock } from '@sessionkeep/contracts/internal'
import { memoryHost } from '@sessionkeep/contracts/testing'
import type { SessionPool } from '@sessionkeep/core'
import type { DrillOptions } from '@sessionkeep/drill'
import { makePool } from '../../../core/test/support/pools.ts'

/** Options of a short drill. */
export const SHORT: DrillOptions = { stepMs: 40, sessions: 2, requestsPerSecond: 500, timeoutMs: 2000 }

/** Starts a pool with one session that has made three requests. */
export async function gateway(
  store: MetadataStore | string,
  options: { maxSessions?: number; mirror?: MetadataStore[] } = {},
) {
  const { mirror = [], ...rest } = options
  const host = memoryHost()
  const { pool, log } = makePool({ host, clock: systemClock, metadata: { store, mirror }, ...rest })
  await pool.start()
  await pool.getOrCreateSession('docs')
  for (let at = 0; at < 3; at += 1) await pool.withRequest('docs', () => undefined)
  return { pool, log, host }
}

/** The state that a drill must restore. */
export const stateOf = (pool: SessionPool<Record<string, unknown>>) => ({
  sessions: pool.listSessions().map(({ workspace, totalRequests }) => [workspace, totalRequests]),
  layer: pool.persistence().desired.layer,
  reason: pool.persistence().effective.reason,
})
export const INITIAL_STATE = { sessions: [['docs', 3]], layer: 'config', reason: 'ok' }

import { z } from '@hono/zod-openapi'
import { ms, time } from './common.ts'

const error = z
  .object({
    name: z.string(),
    code: z.string(),
    message: z.string(),
    retryable: z.boolean(),
    cause: z.string().optional(),
  })
  .openapi('StoreFault')

const desired = z
  .object({
    store: z.string(),
    mirror: z.array(z.string()),
    layer: z.string(),
    reason: z.string().optional(),
    since: time,
  })
  .openapi('DesiredSelection')

const storeBody = z
  .object({
    store: z.string(),
    role: z.enum(['primary', 'mirror', 'standby']),
    active: z.boolean(),
    state: z.string(),
    durability: z.string(),
    dirty: z.number(),
    oldestDirtyMs: ms,
    lastSuccessAt: time.optional(),
    lastError: error.optional(),
    lastErrorAt: time.optional(),
    degradedSince: time.optional(),
  })
  .openapi('Store')

export const persistenceBody = z
  .object({
    desired,
    effective: z.object({ stores: z.array(z.string()), reason: z.string(), since: time, epoch: z.number() }),
    stores: z.array(storeBody),
    oldestDirtyMs: ms,
    saved: z.number(),
    sessions: z.number(),
    afterRestart: desired,
    switching: z
      .object({
        store: z.string(),
        phase: z.enum(['preparing', 'draining']),
        since: time,
        written: z.number().openapi({ description: 'The living sessions that the new stores already have.' }),
        total: z.number(),
      })
      .optional()
      .openapi({ description: 'The progress of a running switch.' }),
    failedSwitch: z.object({ store: z.string(), error, since: time, attempts: z.number() }).optional(),
  })
  .openapi('Persistence')

export const selectionBody = z
  .object({
    store: z.string(),
    mirror: z.array(z.string()),
    layer: z.string(),
    mirrorLayer: z.string(),
    since: time,
    why: z.string(),
    layers: z.array(
      z.looseObject({
        layer: z.string(),
        state: z.string(),
        verdict: z.string(),
        store: z.string().optional(),
        mirror: z.array(z.string()).optional(),
        source: z.string().optional(),
        detail: z.string().optional(),
        since: time.optional(),
      }),
    ),
  })
  .openapi('Selection')

export const statsBody = z
  .object({
    totalSessions: z.number(),
    activeSessions: z.number(),
    idleSessions: z.number(),
    drainingSessions: z.number(),
    totalRequests: z.number(),
    activeRequests: z.number(),
    endedSessions: z.number(),
    maxSessions: z.number(),
    started: z.boolean(),
    host: z.object({ state: z.enum(['available', 'unavailable', 'unknown']), reason: z.string().optional() }),
  })
  .openapi('Stats')

export const statusBody = z
  .object({
    pool: z.string().openapi({ description: 'Its `poolId`, else its session prefix.' }),
    sessions: statsBody,
    persistence: persistenceBody,
    selection: selectionBody,
    process: z.object({ pid: z.number(), startedAt: time }),
    mayWrite: z.boolean().openapi({ description: 'Whether this caller may change anything.' }),
  })
  .openapi('Status')

export const switchRequest = z
  .strictObject({
    store: z.string().min(1).max(1000).openapi({ description: '`auto` is the store that the other layers select.' }),
    mirror: z.array(z.string().min(1).max(1000)).max(20).optional(),
    reason: z.string().max(500).optional(),
    timeoutMs: z.int().min(1).max(600_000).optional(),
  })
  .openapi('Switch')
export const rollbackRequest = z.strictObject({ reason: z.string().max(500).optional() }).openapi('Rollback')
export const switchAnswer = z
  .object({
    changed: z.boolean(),
    from: z.array(z.string()),
    to: z.array(z.string()),
    epoch: z.number(),
    durationMs: ms,
    detached: z.array(z.object({ store: z.string(), unsaved: z.number() })),
  })
  .openapi('SwitchReport')
export const drainAnswer = z
  .object({ saved: z.number(), unsaved: z.array(z.object({ workspace: z.string(), code: z.string() })) })
  .openapi('DrainReport')

export const previewQuery = z.strictObject({
  to: z.string().max(1000).optional().openapi({ description: 'The store; without it, a rollback.' }),
})
export const previewBody = z
  .object({
    action: z.enum(['switch', 'rollback']),
    to: z.string(),
    from: z.array(z.string()),
    unsafe: z.object({ records: z.number(), oldestMs: ms }).openapi({ description: 'States that no store has yet.' }),
    kept: z.array(z.string()),
    lost: z.array(z.string()),
  })
  .openapi('Preview')

export const liveBody = z.object({ status: z.literal('ok') }).openapi('Live')
export const readyBody = z
  .object({
    status: z.enum(['ok', 'degraded', 'starting', 'unavailable']),
    host: z.object({ state: z.string(), reason: z.string().optional() }),
    persistence: z.string().openapi({ description: 'The reason of the present state of persistence.' }),
    stores: z.array(z.object({ store: z.string(), state: z.string(), oldestDirtyMs: ms, code: z.string().optional() })),
  })
  .openapi('Ready')

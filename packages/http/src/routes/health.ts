import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import type { SessionPool } from '@sessionkeep/core'
import type { HttpEnvironment } from '../guard/guard.ts'
import { failures, json } from '../schemas/common.ts'
import { liveBody, readyBody } from '../schemas/persistence.ts'

const { 401: unauthorized, 403: forbidden } = failures
const tags = ['Health']
const security = { 401: unauthorized, 403: forbidden }

const live = createRoute({
  ...{ method: 'get', path: '/livez', tags, summary: 'Whether the process answers. Asks no store and no host.' },
  responses: { 200: json(liveBody, 'It does.'), ...security },
})
const ready = createRoute({
  ...{ method: 'get', path: '/readyz', tags, summary: 'Whether requests can be served, and the state of the stores.' },
  responses: {
    200: json(readyBody, 'They can. `degraded`: a store is behind; sessions work all the same.'),
    503: json(
      readyBody,
      'The host does not answer, the pool has not started, or persistence is required and not healthy.',
    ),
    ...security,
  },
})

/** The reasons of persistence with which every selected store is up to date. */
const HEALTHY = ['ok', 'observing']
/** Those with which nobody wants a store to be written. */
const WANTED_OFF = ['off', 'rolled-back']

/** Adds the routes of health. */
export function addHealth(
  app: OpenAPIHono<HttpEnvironment>,
  pool: SessionPool<never>,
  requirePersistence: boolean,
): void {
  app.openapi(live, (context) => context.json({ status: 'ok' as const }, 200))
  app.openapi(ready, (context) => {
    const { host, started } = pool.getStats()
    const { effective, stores } = pool.persistence()
    const isKept = HEALTHY.includes(effective.reason) || (!requirePersistence && WANTED_OFF.includes(effective.reason))
    const isServing = started && host.state === 'available'
    const bad = host.state === 'unavailable' || effective.reason === 'stopped' ? 'unavailable' : 'starting'
    const status = !isServing ? bad : isKept ? 'ok' : 'degraded'
    const answer = {
      status,
      host: { state: host.state, ...(host.reason === undefined ? {} : { reason: host.reason }) },
      persistence: effective.reason,
      stores: stores.map(({ store, state, oldestDirtyMs, lastError }) => ({
        ...{ store, state, oldestDirtyMs },
        ...(lastError ? { code: lastError.code } : {}),
      })),
    } as const
    return context.json(answer, isServing && (isKept || !requirePersistence) ? 200 : 503)
  })
}

import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { SessionPool } from '@sessionkeep/core'
import type { HttpEnvironment } from '../guard/guard.ts'
import type { ResolvedHttpOptions } from '../options.ts'
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

const metrics = createRoute({
  ...{ method: 'get', path: '/metrics', tags, summary: 'The metrics, for Prometheus.' },
  responses: {
    200: { description: 'The metrics.', content: { 'text/plain': { schema: z.string() } } },
    ...security,
  },
})

/** The reasons of persistence with which no store is written, on purpose. */
const WANTED_OFF = ['off', 'rolled-back']

/** Adds the routes of health. */
export function addHealth(
  app: OpenAPIHono<HttpEnvironment>,
  pool: SessionPool<never>,
  { requirePersistence, metrics: source }: Pick<ResolvedHttpOptions, 'requirePersistence' | 'metrics'>,
): void {
  app.openapi(live, (context) => context.json({ status: 'ok' as const }, 200))
  app.openapi(ready, (context) => {
    const { status, host, persistence, stores } = pool.health()
    const isServing = status === 'ok' || status === 'degraded'
    const isKept = status === 'ok' && !(requirePersistence && WANTED_OFF.includes(persistence))
    const answer = {
      status: isServing ? (isKept ? 'ok' : 'degraded') : status === 'stopped' ? 'unavailable' : status,
      host: { state: host.state, ...(host.reason === undefined ? {} : { reason: host.reason }) },
      persistence,
      stores: stores.map(({ store, state, oldestDirtyMs, code }) => ({
        ...{ store, state, oldestDirtyMs },
        ...(code === undefined ? {} : { code }),
      })),
    } as const
    return context.json(answer, isServing && (isKept || !requirePersistence) ? 200 : 503)
  })
  if (source)
    app.openapi(metrics, async (context) =>
      context.text(await source.metrics(), 200, { 'content-type': source.contentType }),
    )
}

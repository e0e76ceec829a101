import { OpenAPIHono } from '@hono/zod-openapi'
import type { SessionPool } from '@sessionkeep/core'
import type { Env, Hono } from 'hono'
import { answerTo, httpError } from './errors.ts'
import { createActivity } from './events/activity.ts'
import { createChanges } from './events/changes.ts'
import { createEventHistory } from './events/history.ts'
import { createStreams } from './events/streams.ts'
import { createBodyReader } from './guard/body.ts'
import { createAccessGuard, createOriginGuard, type HttpEnvironment, TRUSTED } from './guard/guard.ts'
import { noSniff, onlyJson } from './guard/headers.ts'
import { createTokenCheck, newToken } from './guard/token.ts'
import { addDocument } from './openapi-document.ts'
import { type HttpAppOptions, resolveHttpOptions } from './options.ts'
import { addDashboard, addLogin } from './routes/dashboard.ts'
import { addEnded } from './routes/ended.ts'
import { addEvents } from './routes/events.ts'
import { addHealth } from './routes/health.ts'
import { addPersistence } from './routes/persistence.ts'
import { addSessions } from './routes/sessions.ts'
import { addTerminal } from './routes/terminal.ts'

/** The routes of a pool, to be mounted in a gateway. */
export interface HttpApp {
  /** The Hono app, for what Hono can do with one. To mount it, pass `fetch`: `gateway.mount('/admin', http.fetch)`. */
  readonly app: Hono
  /** Answers a request. It is bound, so that it can be passed on: `Bun.serve({ fetch: http.fetch })`. */
  readonly fetch: (request: Request) => Promise<Response>
  /**
   * Answers a request without asking for a token, a host or an origin, and allows changes. Only for a channel that nobody but
   * the user of the gateway can open, such as the socket of `serveSocket()`.
   */
  readonly fetchTrusted: (request: Request) => Promise<Response>
  /** The token that requests need; undefined if `authorize()` decides. Print it once, and write it nowhere else. */
  readonly token: string | undefined
  /** Ends the streams, and stops listening to the pool. The pool goes on. */
  readonly close: () => void
}

/**
 * Makes an app with the routes of a pool: sessions, terminals, ended sessions, persistence, health, events, the OpenAPI document
 * at `/openapi.json`, and the dashboard at `/`. It is closed by default: each request needs the token and may only read.
 *
 * @param given - A pool; it need not be started yet.
 * @throws `CONFIG_INVALID` for wrong options.
 *
 * @example
 * ```ts
 * const http = createHttpApp(pool, { readOnly: false })
 * const server = await serveHttp(http, { port: 8080 })
 * ```
 */
export function createHttpApp<Attributes>(given: SessionPool<Attributes>, options: HttpAppOptions = {}): HttpApp {
  const resolved = resolveHttpOptions(options)
  const { logger } = resolved
  // Attributes are JSON here; the pool checks those that a request brings against its schema.
  const pool = given as SessionPool<never>
  const token = resolved.authorize ? undefined : (resolved.token ?? newToken())
  const check = token === undefined ? undefined : createTokenCheck(token)
  const history = createEventHistory(pool, logger)
  const [changes, activity] = [createChanges(pool, logger), createActivity(pool, logger)]
  const streams = createStreams(resolved.maxStreams)

  const app = new OpenAPIHono<HttpEnvironment>({
    defaultHook: (result, context) => {
      // A body without a type is taken for `{}`, which may mean everything. Only a body that a route requires is checked then.
      if (result.target === 'json' && context.req.header('content-type') === undefined)
        throw httpError('REQUEST_INVALID', 'This request needs a body in JSON, with content-type: application/json.')
      if (result.success) return
      const faults = result.error.issues.map(({ path, message }) => `${path.join('.') || result.target}: ${message}`)
      throw httpError('REQUEST_INVALID', faults.join('; '))
    },
  })
  app.onError((error, context) => {
    const { status, body } = answerTo(error, logger)
    return context.json(body, status)
  })
  app.notFound((context) => {
    const { status, body } = answerTo(
      httpError('NOT_FOUND', 'There is no such route; GET openapi.json lists them.'),
      logger,
    )
    return context.json(body, status)
  })
  app.use(noSniff)
  app.use(createOriginGuard(resolved))
  app.use(createBodyReader(resolved.maxBodyBytes))
  if (check && resolved.dashboard) addLogin(app, check)
  app.use(createAccessGuard(resolved, check))
  app.use(onlyJson)
  if (resolved.dashboard) addDashboard(app)
  addHealth(app, pool, resolved)
  addSessions(app, pool)
  addTerminal(app, pool, { streams, logger })
  addEnded(app, pool)
  addPersistence(app, pool)
  addEvents(app, pool, { history, changes, activity, streams })
  addDocument(app)

  return {
    app: app as unknown as Hono<Env>,
    fetch: async (request) => app.fetch(request),
    fetchTrusted: async (request) => app.fetch(request, { [TRUSTED]: true }),
    token,
    close() {
      streams.closeAll()
      history.close()
      changes.close()
      activity.close()
    },
  }
}

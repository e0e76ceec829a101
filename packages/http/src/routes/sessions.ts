import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import { PoolError, type SessionPool } from '@sessionkeep/core'
import type { HttpEnvironment } from '../guard/guard.ts'
import { mapInTurns } from '../in-turns.ts'
import { body, failures, json, ofWorkspace } from '../schemas/common.ts'
import {
  createAnswer,
  createRequest,
  deleteQuery,
  drainingRequest,
  savedAnswer,
  sessionBody,
  sessionList,
} from '../schemas/sessions.ts'
import { sessionAnswer } from '../views.ts'

const tags = ['Sessions']
const one = '/sessions/{workspace}'

const list = createRoute({
  ...{ method: 'get', path: '/sessions', tags, summary: 'The living sessions.' },
  responses: { 200: json(sessionList, 'The sessions.'), ...failures },
})
const create = createRoute({
  ...{ method: 'post', path: '/sessions', tags, summary: 'The session of a workspace; a new one if there is none.' },
  request: { body: body(createRequest) },
  responses: {
    200: json(createAnswer, 'There was one.'),
    201: json(createAnswer, 'It was created, or an ended one was resumed.'),
    ...failures,
  },
})
const show = createRoute({
  ...{ method: 'get', path: one, tags, summary: 'One living session.' },
  request: { params: ofWorkspace },
  responses: { 200: json(sessionBody, 'The session.'), ...failures },
})
const remove = createRoute({
  ...{ method: 'delete', path: one, tags, summary: 'Ends a session, and deletes its record.' },
  request: { params: ofWorkspace, query: deleteQuery },
  responses: { 204: { description: 'It has ended.' }, ...failures },
})
const draining = createRoute({
  ...{
    method: 'post',
    path: `${one}/draining`,
    tags,
    summary: 'Sets a session draining, so that it accepts no new requests, or ends that.',
  },
  request: { params: ofWorkspace, body: body(drainingRequest) },
  responses: { 204: { description: 'Done.' }, ...failures },
})
const save = createRoute({
  ...{ method: 'post', path: `${one}/save`, tags, summary: 'Writes the record now, and waits for a store.' },
  request: { params: ofWorkspace },
  responses: { 200: json(savedAnswer, 'A store has acknowledged it.'), ...failures },
})

/** The living session of a workspace. @throws `SESSION_NOT_FOUND` */
function requireView(pool: SessionPool<never>, workspace: string) {
  const view = pool.getSession(workspace)
  if (view) return view
  throw new PoolError('SESSION_NOT_FOUND', `There is no session of workspace ${JSON.stringify(workspace)}.`)
}

/** Adds the routes of living sessions. */
export function addSessions(app: OpenAPIHono<HttpEnvironment>, pool: SessionPool<never>): void {
  app.openapi(list, async (context) =>
    context.json({ sessions: await mapInTurns(pool.listSessions(), sessionAnswer) }, 200),
  )
  app.openapi(create, async (context) => {
    const { workspace, attributes, ...options } = context.req.valid('json')
    const given = attributes === undefined ? options : { ...options, attributes: attributes as never }
    const { created, resumed } = await pool.getOrCreateSession(workspace, given)
    const session = sessionAnswer(requireView(pool, workspace))
    return context.json({ session, created, resumed }, created ? 201 : 200)
  })
  app.openapi(show, (context) => {
    const { workspace } = context.req.valid('param')
    return context.json(sessionAnswer(requireView(pool, workspace)), 200)
  })
  app.openapi(remove, async (context) => {
    const { force = false, waitMs } = context.req.valid('query')
    await pool.deleteSession(context.req.valid('param').workspace, { force, ...(waitMs !== undefined && { waitMs }) })
    return context.body(null, 204)
  })
  app.openapi(draining, async (context) => {
    await pool.setDraining(context.req.valid('param').workspace, context.req.valid('json').draining)
    return context.body(null, 204)
  })
  app.openapi(save, async (context) => {
    const saved = await pool.saveSessionMetadata(context.req.valid('param').workspace)
    return context.json({ ...saved, stores: [...saved.stores] }, 200)
  })
}

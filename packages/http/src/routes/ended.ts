import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import { PoolError, type SessionPool } from '@sessionkeep/core'
import type { HttpEnvironment } from '../guard/guard.ts'
import { mapInTurns } from '../in-turns.ts'
import { body, failures, json, list, ofWorkspace, optionalBody } from '../schemas/common.ts'
import {
  endedBody,
  endedList,
  endedQuery,
  forgetAnswer,
  forgetRequest,
  launchRequest,
  planAnswer,
  planQuery,
  resumeAnswer,
  resumeRequest,
  sessionBody,
} from '../schemas/sessions.ts'
import { endedAnswer, resumeJson, sessionAnswer } from '../views.ts'

const tags = ['Ended sessions']
const one = '/ended/{workspace}'

const listEnded = createRoute({
  ...{ method: 'get', path: '/ended', tags, summary: 'The last ended session of each workspace without a living one.' },
  request: { query: endedQuery },
  responses: { 200: json(endedList, 'The sessions, the newest first.'), ...failures },
})
const show = createRoute({
  ...{ method: 'get', path: one, tags, summary: 'The last ended session of a workspace.' },
  request: { params: ofWorkspace },
  responses: { 200: json(endedBody, 'The session.'), ...failures },
})
const forgetOne = createRoute({
  ...{ method: 'delete', path: one, tags, summary: 'Deletes the record of an ended session from every store.' },
  request: { params: ofWorkspace },
  responses: { 200: json(forgetAnswer, 'The workspaces.'), ...failures },
})
const forget = createRoute({
  ...{
    method: 'post',
    path: '/ended/forget',
    tags,
    summary: 'Deletes the records of ended sessions; with `{}`, of all.',
  },
  request: { body: body(forgetRequest) },
  responses: { 200: json(forgetAnswer, 'The workspaces.'), ...failures },
})
const resumeOne = createRoute({
  ...{ method: 'post', path: `${one}/resume`, tags, summary: 'Brings the ended session of a workspace back.' },
  request: { params: ofWorkspace, body: optionalBody(launchRequest) },
  responses: { 200: json(sessionBody, 'The living session.'), ...failures },
})
const plan = createRoute({
  ...{ method: 'get', path: '/resume/plan', tags, summary: 'What a resume would do now. Starts nothing.' },
  request: { query: planQuery },
  responses: { 200: json(planAnswer, 'The plan.'), ...failures },
})
const resume = createRoute({
  ...{ method: 'post', path: '/resume', tags, summary: 'Brings lost sessions back.' },
  request: { body: optionalBody(resumeRequest) },
  responses: { 200: json(resumeAnswer, 'What was done.'), ...failures },
})

/** Adds the routes of ended sessions, and of bringing them back. */
export function addEnded(app: OpenAPIHono<HttpEnvironment>, pool: SessionPool<never>): void {
  app.openapi(listEnded, async (context) =>
    context.json({ sessions: await mapInTurns(pool.listEnded(context.req.valid('query')), endedAnswer) }, 200),
  )
  app.openapi(show, (context) => {
    const { workspace } = context.req.valid('param')
    const [found] = pool.listEnded({ workspace })
    if (!found) throw new PoolError('SESSION_NOT_FOUND', `Workspace ${JSON.stringify(workspace)} has no ended session.`)
    return context.json(endedAnswer(found), 200)
  })
  app.openapi(forgetOne, async (context) =>
    context.json({ forgotten: await pool.forgetEnded(context.req.valid('param')) }, 200),
  )
  app.openapi(forget, async (context) =>
    context.json({ forgotten: await pool.forgetEnded(context.req.valid('json')) }, 200),
  )
  app.openapi(resumeOne, async (context) => {
    const { workspace } = context.req.valid('param')
    await pool.resumeSession(workspace, context.req.valid('json'))
    const view = pool.getSession(workspace)
    if (!view) throw new PoolError('SESSION_GONE', `The session of ${JSON.stringify(workspace)} ended at once.`)
    return context.json(sessionAnswer(view), 200)
  })
  app.openapi(plan, async (context) => {
    const { workspaces, causes } = context.req.valid('query')
    const filter = { causes, workspaces: workspaces === undefined ? undefined : list.parse(workspaces) }
    return context.json(planAnswer.parse(resumeJson(await pool.planResume(filter))), 200)
  })
  app.openapi(resume, async (context) => {
    const report = await pool.resume(context.req.valid('json'))
    return context.json(resumeAnswer.parse(resumeJson(report)), 200)
  })
}

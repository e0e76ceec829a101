import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import { isCodedError } from '@sessionkeep/contracts'
import type { SessionPool } from '@sessionkeep/core'
import { refusedSwitch } from '../errors.ts'
import type { HttpEnvironment } from '../guard/guard.ts'
import { previewOf } from '../preview.ts'
import { body, failures, json, optionalBody } from '../schemas/common.ts'
import {
  drainAnswer,
  persistenceBody,
  previewBody,
  previewQuery,
  rollbackRequest,
  selectionBody,
  statusBody,
  switchAnswer,
  switchRequest,
} from '../schemas/persistence.ts'
import { persistenceAnswer, plain, statusAnswer } from '../views.ts'

const tags = ['Persistence']

const status = createRoute({
  ...{ method: 'get', path: '/status', tags, summary: 'The pool in numbers, its stores, and why they were selected.' },
  responses: { 200: json(statusBody, 'The status.'), ...failures },
})
const persistence = createRoute({
  ...{
    method: 'get',
    path: '/persistence',
    tags,
    summary: 'The stores, how far behind they are, and a running switch.',
  },
  responses: { 200: json(persistenceBody, 'The stores.'), ...failures },
})
const selection = createRoute({
  ...{ method: 'get', path: '/selection', tags, summary: 'The store that each layer names, and which layer decides.' },
  responses: { 200: json(selectionBody, 'The layers.'), ...failures },
})
const preview = createRoute({
  ...{ method: 'get', path: '/persistence/preview', tags, summary: 'What a switch or a rollback would keep and lose.' },
  request: { query: previewQuery },
  responses: { 200: json(previewBody, 'Sentences for a person who has to confirm.'), ...failures },
})
const switchStore = createRoute({
  ...{ method: 'post', path: '/persistence/switch', tags, summary: 'Makes other stores active while requests go on.' },
  request: { body: body(switchRequest) },
  responses: { 200: json(switchAnswer, 'They are active.'), ...failures },
})
const rollback = createRoute({
  ...{ method: 'post', path: '/persistence/rollback', tags, summary: 'Switches persistence off at once.' },
  request: { body: optionalBody(rollbackRequest) },
  responses: { 200: json(switchAnswer, 'It is off.'), ...failures },
})
const drain = createRoute({
  ...{
    method: 'post',
    path: '/persistence/drain',
    tags,
    summary: 'Writes every record that no store has yet, and waits.',
  },
  responses: { 200: json(drainAnswer, 'How many sessions are saved, and which are not.'), ...failures },
})

/** Adds the routes of persistence. */
export function addPersistence(app: OpenAPIHono<HttpEnvironment>, pool: SessionPool<never>): void {
  app.openapi(status, (context) => context.json(statusAnswer(pool, context.get('mayWrite')), 200))
  app.openapi(persistence, (context) => context.json(persistenceAnswer(pool.persistence()), 200))
  app.openapi(selection, (context) => context.json(selectionBody.parse(plain(pool.explain())), 200))
  app.openapi(preview, (context) => context.json(previewOf(pool, context.req.valid('query').to), 200))
  app.openapi(switchStore, async (context) => {
    const { store, mirror, ...options } = context.req.valid('json')
    const wanted = store === 'auto' ? 'auto' : { store, ...(mirror && { mirror }) }
    try {
      const report = await pool.switchStore(wanted, options)
      return context.json(switchAnswer.parse(plain(report)), 200)
    } catch (error) {
      throw refusedSwitch(error)
    }
  })
  app.openapi(rollback, async (context) => {
    const report = await pool.rollback(context.req.valid('json'))
    return context.json(switchAnswer.parse(plain(report)), 200)
  })
  app.openapi(drain, async (context) => {
    const unsaved: { workspace: string; code: string }[] = []
    const save = async (workspace: string): Promise<void> => {
      try {
        await pool.saveSessionMetadata(workspace)
      } catch (error) {
        // A session that ended meanwhile has nothing left to save.
        const code = isCodedError(error) ? error.code : 'INTERNAL'
        if (code !== 'SESSION_NOT_FOUND' && code !== 'SESSION_GONE') unsaved.push({ workspace, code })
      }
    }
    await Promise.all(
      pool
        .listSessions()
        .filter(({ saved }) => !saved)
        .map(({ workspace }) => save(workspace)),
    )
    return context.json({ saved: pool.persistence().saved, unsaved }, 200)
  })
}

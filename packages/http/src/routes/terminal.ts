import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import type { Logger, SessionPool } from '@sessionkeep/core'
import { streamSSE } from 'hono/streaming'
import { answerTo } from '../errors.ts'
import { BEAT_MS, type Streams } from '../events/streams.ts'
import type { HttpEnvironment } from '../guard/guard.ts'
import { headOfStream } from '../guard/headers.ts'
import { body, failures, json, ofWorkspace, optionalBody } from '../schemas/common.ts'
import {
  attachAnswer,
  interruptAnswer,
  interruptRequest,
  keysRequest,
  screenAnswer,
  screenQuery,
  sizeRequest,
  textAnswer,
  textRequest,
} from '../schemas/sessions.ts'

const tags = ['Terminal']
const one = '/sessions/{workspace}'

const text = createRoute({
  ...{
    method: 'post',
    path: `${one}/text`,
    tags,
    summary: 'Types a text, and Enter if `submit` is true. Counts a request.',
  },
  request: { params: ofWorkspace, body: body(textRequest) },
  responses: { 200: json(textAnswer, 'It was typed.'), ...failures },
})
const keys = createRoute({
  ...{ method: 'post', path: `${one}/keys`, tags, summary: 'Presses keys, named as in tmux: C-c, Escape, Up.' },
  request: { params: ofWorkspace, body: body(keysRequest) },
  responses: { 204: { description: 'They were pressed.' }, ...failures },
})
const interrupt = createRoute({
  ...{
    method: 'post',
    path: `${one}/interrupt`,
    tags,
    summary: 'Presses keys, and ends the running turn of the gateway.',
  },
  request: { params: ofWorkspace, body: optionalBody(interruptRequest) },
  responses: { 200: json(interruptAnswer, 'Whether a turn was running.'), ...failures },
})
const resize = createRoute({
  ...{ method: 'post', path: `${one}/resize`, tags, summary: 'Sets the size of the terminal, in characters.' },
  request: { params: ofWorkspace, body: body(sizeRequest) },
  responses: { 204: { description: 'Done.' }, ...failures },
})
const screen = createRoute({
  ...{ method: 'get', path: `${one}/screen`, tags, summary: 'The screen as text, with lines above it.' },
  request: { params: ofWorkspace, query: screenQuery },
  responses: { 200: json(screenAnswer, 'The screen.'), ...failures },
})
const attach = createRoute({
  ...{ method: 'get', path: `${one}/attach`, tags, summary: 'The command line with which a person attaches.' },
  request: { params: ofWorkspace },
  responses: { 200: json(attachAnswer, 'The program and its arguments.'), ...failures },
})
const output = createRoute({
  ...{ method: 'get', path: `${one}/output`, tags, summary: 'What the program writes from now on, as events `chunk`.' },
  request: { params: ofWorkspace },
  responses: {
    200: {
      description:
        'A stream of events. The data of `chunk` is `{ "data": "<base64>", "lost": 0 }`, and that of `end` has an `error` if the session goes on. `beat` comes every 15 seconds.',
      content: { 'text/event-stream': { schema: { type: 'string' as const } } },
    },
    ...failures,
  },
})

/** Adds the routes of the terminals of sessions. */
export function addTerminal(
  app: OpenAPIHono<HttpEnvironment>,
  pool: SessionPool<never>,
  { streams, logger }: { readonly streams: Streams; readonly logger: Pick<Logger, 'error'> },
): void {
  app.openapi(text, async (context) => {
    const { workspace } = context.req.valid('param')
    const { text, ...options } = context.req.valid('json')
    return context.json(await pool.withRequest(workspace, () => pool.sendText(workspace, text, options)), 200)
  })
  app.openapi(keys, async (context) => {
    const { workspace } = context.req.valid('param')
    await pool.sendKeys(workspace, context.req.valid('json').keys)
    pool.touch(workspace)
    return context.body(null, 204)
  })
  app.openapi(interrupt, async (context) => {
    const { keys } = context.req.valid('json')
    const { workspace } = context.req.valid('param')
    return context.json({ interrupted: await pool.interrupt(workspace, keys ? { keys } : {}) }, 200)
  })
  app.openapi(resize, async (context) => {
    await pool.resize(context.req.valid('param').workspace, context.req.valid('json'))
    return context.body(null, 204)
  })
  app.openapi(screen, async (context) => {
    const captured = await pool.capture(context.req.valid('param').workspace, context.req.valid('query'))
    return context.json({ screen: captured }, 200)
  })
  app.openapi(attach, async (context) =>
    context.json({ command: await pool.attachCommand(context.req.valid('param').workspace) }, 200),
  )
  app.openapi(output, async (context) => {
    if (context.req.method === 'HEAD') return headOfStream()
    const closing = streams.open()
    const chunks = pool.output(context.req.valid('param').workspace, { signal: closing.signal })
    // If the session cannot be read, the answer is an error with a status, and not a stream that ends at once.
    const first = await chunks.next().catch((error: unknown) => {
      closing.close()
      throw error
    })
    return streamSSE(context, async (stream) => {
      stream.onAbort(closing.close)
      // If the client reads nothing, a write to it waits for ever. This ends that write.
      const leave = () => stream.abort()
      closing.signal.addEventListener('abort', leave, { once: true })
      let isWriting = false
      const send = async (event: string, data: object): Promise<void> => {
        isWriting = true
        await stream.writeSSE({ event, data: JSON.stringify(data) })
        isWriting = false
      }
      const beat = setInterval(() => {
        if (!isWriting) void send('beat', {})
      }, BEAT_MS)
      beat.unref()
      try {
        if (!first.done) await send('open', {})
        for await (const { data, lost } of chunks)
          await send('chunk', { data: Buffer.from(data).toString('base64'), lost })
        await send('end', {})
      } catch (error) {
        await send('end', answerTo(error, logger).body)
      } finally {
        clearInterval(beat)
        closing.signal.removeEventListener('abort', leave)
        closing.close()
      }
    })
  })
}

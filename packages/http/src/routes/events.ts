import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { SessionPool } from '@sessionkeep/core'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import type { ActivityCounter } from '../events/activity.ts'
import type { Changes } from '../events/changes.ts'
import type { EventHistory, SentEvent } from '../events/history.ts'
import { BEAT_MS, type Streams } from '../events/streams.ts'
import type { HttpEnvironment } from '../guard/guard.ts'
import { headOfStream } from '../guard/headers.ts'
import { mapInTurns } from '../in-turns.ts'
import { failures } from '../schemas/common.ts'
import { sessionAnswer, statusAnswer } from '../views.ts'

/** The most messages that wait for a slow client. After that its stream is closed, and it resumes. */
const MOST_WAITING = 5000
/** The most characters that wait for a slow client when another message comes. That message may be of any size. */
const MOST_CHARACTERS = 8 * 1024 * 1024

const events = createRoute({
  ...{ method: 'get', path: '/events', tags: ['Events'] },
  summary: 'What happens in the pool, as server-sent events.',
  description:
    'First `state` with everything, then `changes` once a second while something changes, and each event of the pool except `session:changed` by its name, with an id. `beat` comes every 15 seconds. A client that sends the last id as Last-Event-ID gets the events that it missed, before `state`; `reset` says that some are no longer kept.',
  request: { headers: z.object({ 'last-event-id': z.string().max(100).optional() }) },
  responses: {
    200: { description: 'The stream.', content: { 'text/event-stream': { schema: { type: 'string' as const } } } },
    ...failures,
  },
})

interface EventSources {
  readonly history: EventHistory
  readonly changes: Changes
  readonly activity: ActivityCounter
  readonly streams: Streams
}

type Message = Partial<Pick<SentEvent, 'id'>> & Omit<SentEvent, 'id'>

/** Adds the route of events. */
export function addEvents(app: OpenAPIHono<HttpEnvironment>, pool: SessionPool<never>, sources: EventSources): void {
  const { history, changes, activity, streams } = sources

  const firstMessages = (lastId: string | undefined, mayWrite: boolean): Message[] => {
    const missed = lastId === undefined ? [] : history.since(lastId)
    const state = {
      ...statusAnswer(pool, mayWrite),
      now: Date.now(),
      living: pool.listSessions().map(sessionAnswer),
      activity: activity.now(),
      recent: history.recent(),
    }
    return [
      ...(missed ?? [{ event: 'reset', data: '{}' }]),
      // `state` has the id of the last event, so that a client that has seen no event can resume from here, too.
      { id: history.lastId(), event: 'state', data: JSON.stringify(state) },
    ]
  }

  app.openapi(events, async (context) => {
    if (context.req.method === 'HEAD') return headOfStream()
    // The first messages are of one moment, and so are made in one turn. That is short once the sessions were masked.
    await mapInTurns(pool.listSessions(), sessionAnswer)
    await history.settled()
    const open = streams.open()
    const mayWrite = context.get('mayWrite')
    const lastId = context.req.header('last-event-id')
    let first: Message[]
    try {
      first = firstMessages(lastId, mayWrite)
    } catch (error) {
      open.close()
      throw error
    }
    return streamSSE(context, async (stream) => {
      stream.onAbort(open.close)
      const waiting: Message[] = []
      let characters = 0
      let wake = (): void => undefined
      const push = (message: Message): void => {
        const isTooSlow = waiting.length >= MOST_WAITING || characters > MOST_CHARACTERS
        waiting.push(message)
        characters += message.data.length
        if (isTooSlow) open.close()
        wake()
      }
      const ends = [history.listen(push), changes.listen((data) => push({ event: 'changes', data }))]
      const beat = setInterval(() => push({ event: 'beat', data: '{}' }), BEAT_MS)
      beat.unref()
      const leave = () => {
        for (const end of ends) end()
        waiting.length = 0
        // If the client reads nothing, a write to it waits for ever. This ends that write.
        stream.abort()
        wake()
      }
      open.signal.addEventListener('abort', leave, { once: true })
      try {
        // These do not count as waiting, since a new client needs all of them.
        await writeAll(stream, first)
        while (!open.signal.aborted) {
          await writeAll(stream, waiting, (written) => {
            characters -= written.data.length
          })
          if (waiting.length === 0 && !open.signal.aborted)
            await new Promise<void>((resolve) => {
              wake = resolve
            })
        }
      } finally {
        clearInterval(beat)
        leave()
        open.close()
      }
    })
  })
}

/** Writes the messages of a list, and removes them from it. */
async function writeAll(stream: SSEStreamingApi, waiting: Message[], onWritten?: (message: Message) => void) {
  for (let message = waiting.shift(); message; message = waiting.shift()) {
    await stream.writeSSE(message)
    onWritten?.(message)
  }
}

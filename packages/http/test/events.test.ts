import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HostError } from '@sessionkeep/core/host'
import { memoryHost } from '@sessionkeep/core/testing'
import { expect, it, onTestFinished, vi } from 'vitest'
import { createEventHistory } from '../src/events/history.ts'
import { createHttpApp } from '../src/index.ts'
import { toNodeHandler } from '../src/node.ts'
import { fixture, TOKEN } from './support/pool.ts'

interface Message {
  readonly id: string | undefined
  readonly event: string
  readonly data: Record<string, unknown>
}

/** Reads a stream of events until `isEnough`, and leaves it. */
async function read(response: Response, isEnough: (messages: readonly Message[]) => boolean): Promise<Message[]> {
  const messages: Message[] = []
  const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!isEnough(messages)) {
    const { done, value } = await reader.read()
    if (done) break
    text += value
    const parts = text.split('\n\n')
    text = parts.pop() ?? ''
    for (const part of parts) {
      const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(part)?.[1]
      messages.push({ id: field('id'), event: field('event') ?? '', data: JSON.parse(field('data') ?? '{}') })
    }
  }
  await reader.cancel()
  return messages
}

async function opened(http = {}, options: Parameters<typeof fixture>[1] = {}) {
  const made = await fixture(http, options)
  const events = (lastId?: string) =>
    made.app.fetch(
      new Request('http://localhost/events', {
        headers: { authorization: `Bearer ${TOKEN}`, ...(lastId === undefined ? {} : { 'last-event-id': lastId }) },
      }),
    )
  return { ...made, events }
}

const has = (event: string) => (messages: readonly Message[]) => messages.some((message) => message.event === event)

it('a stream begins with the state, and then has each event with an id, and the changes', async () => {
  const { pool, events } = await opened()
  await pool.getOrCreateSession('before')
  const reading = read(await events(), (messages) => has('session:created')(messages) && has('changes')(messages))
  await pool.getOrCreateSession('docs')
  const messages = await reading
  expect(messages[0]).toMatchObject({ event: 'state', data: { living: [{ workspace: 'before' }], mayWrite: false } })
  const created = messages.find(({ event }) => event === 'session:created')
  expect(created).toMatchObject({ id: expect.any(String), data: { session: { workspace: 'docs' } } })
  expect(messages.find(({ event }) => event === 'changes')).toMatchObject({
    data: { sessions: [{ workspace: 'docs' }], gone: [] },
  })
})

it('a request for the head of a stream opens none', async () => {
  const { app, pool } = await fixture({ maxStreams: 1 })
  await pool.getOrCreateSession('docs')
  const ask = (path: string, method: string) =>
    app.fetch(new Request(`http://localhost${path}`, { method, headers: { authorization: `Bearer ${TOKEN}` } }))
  for (const path of ['/events', '/sessions/docs/output', '/events']) {
    expect((await ask(path, 'HEAD')).status).toBe(200)
  }
  const stream = await ask('/events', 'GET')
  expect(stream.status).toBe(200)
  await stream.body?.cancel()
})

it('an output that ends although its session goes on says why, and no stack is printed', async () => {
  async function* cutOff() {
    yield { data: new Uint8Array(), lost: 0 }
    throw new HostError('HOST_REFUSED', 'somebody else reads the output of this pane')
  }
  const printed = vi.spyOn(console, 'error')
  const { call, pool } = await fixture({}, { host: { ...memoryHost(), output: cutOff } })
  await pool.getOrCreateSession('docs')
  const { body } = await call('GET', '/sessions/docs/output')
  const data = /^event: end\ndata: (.*)$/m.exec(body)?.[1] ?? '{}'
  expect(JSON.parse(data)).toMatchObject({ error: { code: 'HOST_REFUSED', retryable: false } })
  expect(printed).not.toHaveBeenCalled()
})

it('a client that comes back gets the events that it missed, each once', async () => {
  const { pool, events } = await opened()
  const [state] = await read(await events(), has('state'))
  await pool.getOrCreateSession('one')
  await pool.getOrCreateSession('two')
  const missed = await read(await events(state?.id), has('state'))
  const created = missed.filter(({ event }) => event === 'session:created')
  expect(created.map(({ data }) => (data.session as { workspace: string }).workspace)).toEqual(['one', 'two'])
  const again = await read(await events(created[0]?.id), has('state'))
  expect(again.filter(({ event }) => event === 'session:created')).toHaveLength(1)
})

it.each(['0123-5', 'x', `${'9'.repeat(90)}-1`])(
  'a client with the id %s of another process gets reset and the whole state',
  async (id) => {
    const { events } = await opened()
    const messages = await read(await events(id), has('state'))
    expect(messages.map(({ event }) => event)).toEqual(['reset', 'state'])
  },
)

it('a stream tells the compression of a gateway and the buffer of a proxy to pass it on at once', async () => {
  const { app, pool } = await fixture()
  await pool.getOrCreateSession('docs')
  for (const path of ['/events', '/sessions/docs/output']) {
    const headers = { authorization: `Bearer ${TOKEN}` }
    const answer = await app.fetch(new Request(`http://localhost${path}`, { method: 'HEAD', headers }))
    expect(answer.headers.get('cache-control')).toBe('no-store, no-transform')
    expect(answer.headers.get('x-accel-buffering')).toBe('no')
  }
  const status = await app.fetch(
    new Request('http://localhost/livez', { headers: { authorization: `Bearer ${TOKEN}` } }),
  )
  expect(status.headers.get('cache-control')).toBe('no-store')
})

it('a stream beyond the limit is refused, and a closed one makes room', async () => {
  const { events } = await opened({ maxStreams: 1 })
  const first = await events()
  const second = await events()
  expect(second.status).toBe(429)
  await read(first, has('state'))
  await expect.poll(async () => (await events()).status).toBe(200)
})

it('a client that stops reading is left after 5,000 messages, and gets its stream ended', async () => {
  const { pool, events } = await opened({}, { maxSessions: 6000 })
  const unread = await events()
  for (let made = 0; made < 5500; made += 1) await pool.getOrCreateSession(`w${made}`)
  const messages = await read(unread, () => false)
  expect(messages.length).toBeLessThan(1000)
})

it('a client that stops reading is left when large messages wait, and comes back to the state', async () => {
  const { pool, events } = await opened({}, { maxSessions: 60 })
  const notes = Array.from({ length: 50 }, () => 'words of a note '.repeat(240))
  const unread = await events()
  for (let made = 0; made < 60; made += 1) await pool.getOrCreateSession(`w${made}`, { attributes: { notes } })
  const messages = await read(unread, (seen) => seen.length > 60)
  expect(messages.length).toBeLessThan(10)
  // The first message is larger than what may wait for a slow client.
  const [state] = await read(await events(), has('state'))
  expect(state?.data.living).toHaveLength(60)
  expect(JSON.stringify(state?.data).length).toBeGreaterThan(8 * 1024 * 1024)
})

it('a client that reads gets a message that is larger than what may wait', async () => {
  const { pool, events } = await opened({}, { maxSessions: 60 })
  const notes = Array.from({ length: 50 }, () => 'words of a note '.repeat(240))
  for (let made = 0; made < 60; made += 1) await pool.getOrCreateSession(`w${made}`, { attributes: { notes } })
  const reading = read(await events(), has('changes'))
  for (let made = 0; made < 60; made += 1) pool.touch(`w${made}`)
  expect((await reading).at(-1)?.data.sessions).toHaveLength(60)
})

it('an error while a stream is opened is answered, and the stream does not count', async () => {
  const { pool } = await fixture()
  let isBroken = false
  const listSessions = () => {
    if (isBroken) throw new Error('hands off')
    return pool.listSessions()
  }
  const logged: unknown[] = []
  const options = { authorize: () => true, maxStreams: 1, logger: { error: (fields: unknown) => logged.push(fields) } }
  const broken = createHttpApp({ ...pool, listSessions }, options)
  onTestFinished(broken.close)
  isBroken = true
  const ask = () => broken.fetch(new Request('http://localhost/events'))
  expect((await ask()).status).toBe(500)
  expect((await ask()).status).toBe(500)
  expect(logged).toHaveLength(2)
  isBroken = false
  const stream = await ask()
  expect(stream.status).toBe(200)
  await stream.body?.cancel()
})

it('an error in a timer ends nothing, and is logged once until there is none', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const { pool } = await fixture()
  await pool.getOrCreateSession('docs')
  let isBroken = false
  const listSessions = () => {
    if (isBroken) throw new Error('login at redis://ada:s3cret@host')
    return pool.listSessions()
  }
  const logged: unknown[][] = []
  const logger = { error: (...given: unknown[]) => logged.push(given) }
  const app = createHttpApp({ ...pool, listSessions }, { authorize: () => true, logger })
  onTestFinished(app.close)
  const stream = await app.fetch(new Request('http://localhost/events'))
  const reading = read(stream, has('changes'))
  isBroken = true
  await vi.advanceTimersByTimeAsync(11_000)
  expect(logged.map(([, message]) => message)).toEqual([
    'The changes of the pool cannot be sent',
    'The requests of sessions cannot be counted',
  ])
  expect(logged[0]?.[0]).toMatchObject({ err: { message: expect.not.stringContaining('s3cret') } })
  isBroken = false
  pool.touch('docs')
  await vi.advanceTimersByTimeAsync(1000)
  expect((await reading).at(-1)).toMatchObject({ event: 'changes', data: { sessions: [{ workspace: 'docs' }] } })
})

it('masks secrets in events', async () => {
  const { pool, events } = await opened()
  const reading = read(await events(), has('session:created'))
  await pool.getOrCreateSession('docs', { attributes: { password: 's3cret' } })
  expect(JSON.stringify(await reading)).not.toContain('s3cret')
})

it('names the workspace of an event as it is, though it looks like a login', async () => {
  const { pool, events } = await opened({}, { sessionName: 'encoded' })
  const reading = read(await events(), has('session:created'))
  await pool.getOrCreateSession('mail:ada@example.org', { attributes: { token: 's3cret' } })
  const created = (await reading).find(({ event }) => event === 'session:created')
  expect(created?.data.session).toMatchObject({ workspace: 'mail:ada@example.org', attributes: { token: '***' } })
})

it('an output on which nothing is printed gets a beat, so that a dead client is noticed', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const silent = async function* (_session: unknown, { signal }: { signal?: AbortSignal } = {}) {
    yield { data: new Uint8Array(), lost: 0 }
    await new Promise((resolve) => signal?.addEventListener('abort', resolve))
  }
  const { app, pool } = await fixture({}, { host: { ...memoryHost(), output: silent } })
  await pool.getOrCreateSession('docs')
  const headers = { authorization: `Bearer ${TOKEN}` }
  const reading = read(await app.fetch(new Request('http://localhost/sessions/docs/output', { headers })), has('beat'))
  await vi.advanceTimersByTimeAsync(15_000)
  expect((await reading).map(({ event }) => event)).toEqual(['open', 'beat'])
})

it.each(['/events', '/sessions/docs/output'])('no stream %s opens after the app was closed', async (path) => {
  const { app, call, pool } = await fixture()
  await pool.getOrCreateSession('docs')
  app.close()
  expect(await call('GET', path)).toMatchObject({
    status: 503,
    body: { error: { code: 'APP_CLOSED', retryable: true } },
  })
})

it('a client that connects again while the gateway ends does not keep its server open', async () => {
  const { app } = await fixture()
  const server = createServer(toNodeHandler(app))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.closeAllConnections())
  const { port } = server.address() as AddressInfo
  const ask = () => fetch(`http://localhost:${port}/events`, { headers: { authorization: `Bearer ${TOKEN}` } })
  const first = read(await ask(), () => false)
  app.close()
  await first
  const again = await ask()
  expect(again.status).toBe(503)
  await again.text()
  await new Promise<unknown>((resolve) => server.close(resolve))
})

it('closing the app ends an output that its client does not read, and lets the host go', async () => {
  let isLetGo = false
  const endless = async function* (_session: unknown, { signal }: { signal?: AbortSignal | undefined } = {}) {
    try {
      while (!signal?.aborted) yield { data: new Uint8Array(1000), lost: 0 }
    } finally {
      isLetGo = true
    }
  }
  const { app, pool } = await fixture({}, { host: { ...memoryHost(), output: endless } })
  await pool.getOrCreateSession('docs')
  const headers = { authorization: `Bearer ${TOKEN}` }
  const unread = await app.fetch(new Request('http://localhost/sessions/docs/output', { headers }))
  await new Promise((resolve) => setImmediate(resolve))
  app.close()
  await expect.poll(() => isLetGo).toBe(true)
  const messages = await read(unread, () => false)
  expect(messages.length).toBeLessThan(10)
})

it('the events that are kept have at most 8 Mi characters together, so that large attributes fill no memory', async () => {
  const { pool } = await fixture({}, { maxSessions: 60 })
  const history = createEventHistory(pool as never, console)
  onTestFinished(() => history.close())
  const first = history.lastId()
  // A longer text would be left out of an event.
  const attributes = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`k${at}`, 'words '.repeat(333)]))
  for (let at = 0; at < 30; at += 1) await pool.getOrCreateSession(`a${at}`, { attributes })
  await history.settled()
  const middle = history.lastId()
  expect(history.since(first)?.map(({ event }) => event)).toEqual(Array(30).fill('session:created'))
  for (let at = 0; at < 30; at += 1) await pool.getOrCreateSession(`b${at}`, { attributes })
  await history.settled()
  expect(history.since(first)).toBeUndefined()
  expect(history.since(middle)).toHaveLength(30)
})

import { memoryStore, type StandardSchema } from '@sessionkeep/core'
import { expect, it, onTestFinished, vi } from 'vitest'
import { eventAnswer } from '../src/views.ts'
import { fixture, TOKEN } from './support/pool.ts'

const SESSIONS = 12

/** Work that takes longer than a turn should, whatever the machine. */
function work(): void {
  const until = performance.now() + 6
  while (performance.now() < until);
}

/** A pool whose attributes note the turn of the event loop in which each of them was shown, and take long to be shown. */
async function counted(count = SESSIONS) {
  let turn = 0
  let shown: number[] = []
  class Slow {
    toJSON(): object {
      shown.push(turn)
      work()
      return { slow: true }
    }
  }
  const schema = { '~standard': { version: 1, vendor: 'test', validate: () => ({ value: new Slow() }) } }
  const attributes = schema as unknown as StandardSchema<never>
  const made = await fixture({}, { attributes, metadata: { store: memoryStore() }, maxSessions: 100 })
  for (let at = 0; at < count; at += 1) await made.pool.getOrCreateSession(`w${at}`, { attributes: { at } })
  const next = () => {
    turn += 1
    timer = setImmediate(next)
  }
  let timer = setImmediate(next)
  onTestFinished(() => clearImmediate(timer))
  /** How many attributes were shown since the last call: in all, and the most of them in one turn. */
  const taken = () => {
    const all = shown
    shown = []
    return { all: all.length, most: Math.max(0, ...all.map((at) => all.filter((other) => other === at).length)) }
  }
  taken()
  return { ...made, taken }
}

it('a list of sessions is masked in turns', async () => {
  const { call, taken } = await counted()
  expect((await call('GET', '/sessions')).body.sessions).toHaveLength(SESSIONS)
  expect(taken()).toEqual({ all: SESSIONS, most: 1 })
})

it('a list of ended sessions is masked in turns', async () => {
  const { call, pool, host, taken } = await counted()
  host.control.endServer()
  await pool.discoverExistingSessions()
  taken()
  const { body } = await call('GET', '/ended')
  expect(body.sessions).toHaveLength(SESSIONS)
  expect(taken()).toEqual({ all: SESSIONS, most: 1 })
})

it('the end of a session is masked once, however often it is listed', () => {
  const ended = { at: 1, cause: 'exited', screen: '$ login --password s3cret' }
  const [first, again] = ['a', 'b'].map((workspace) => {
    const { session } = eventAnswer({ session: { workspace, ended } }) as { session: { ended: object } }
    return session.ended
  })
  expect(first).toEqual({ ...ended, screen: '$ login --password ***' })
  expect(again).toBe(first)
})

it('the changes of a second are masked in turns', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const { app, taken } = await counted()
  const headers = { authorization: `Bearer ${TOKEN}` }
  const stream = await app.fetch(new Request('http://localhost/events', { headers }))
  onTestFinished(async () => await stream.body?.cancel())
  taken()
  vi.advanceTimersByTime(1000)
  const seen = { all: 0, most: 0 }
  await expect
    .poll(() => {
      const { all, most } = taken()
      Object.assign(seen, { all: seen.all + all, most: Math.max(seen.most, most) })
      return seen
    })
    .toEqual({ all: SESSIONS, most: 1 })
})

it('no event of a session is masked before the first client, and then many that come at once are, in turns and in order', async () => {
  const { app, pool, taken } = await counted(0)
  const create = (name: string) => pool.getOrCreateSession(name, { attributes: { at: 0 } })
  await create('before')
  await new Promise((resolve) => setImmediate(resolve))
  expect(taken().all).toBe(0)
  const headers = { authorization: `Bearer ${TOKEN}` }
  const stream = await app.fetch(new Request('http://localhost/events', { headers }))
  const reader = (stream.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader()
  onTestFinished(async () => await reader.cancel())
  const order: string[] = []
  pool.on('session:created', ({ session }) => void order.push(session.workspace))
  taken()
  await Promise.all(Array.from({ length: SESSIONS }, (_, at) => create(`w${at}`)))
  expect(order).toHaveLength(SESSIONS)
  let text = ''
  const made = () =>
    [...text.matchAll(/^event: session:created\ndata: .*?"workspace":"(\w+)"/gm)].map(([, name]) => name)
  while (made().length < SESSIONS) text += (await reader.read()).value ?? ''
  expect(made()).toEqual(order)
  expect(taken().most).toBe(1)
})

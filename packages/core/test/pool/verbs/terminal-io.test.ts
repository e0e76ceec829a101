import type { OutputChunk, OutputOptions, SessionHost } from '@sessionkeep/contracts/host'
import { HostError } from '@sessionkeep/contracts/host'
import { expect, test } from 'vitest'
import { memoryStore } from '../../../src/index.ts'
import { memoryHost } from '../../../src/testing.ts'
import { gate } from '../../support/gate.ts'
import { makePool } from '../../support/pools.ts'
import { clock, sleep } from '../../support/time.ts'

type Pool = ReturnType<typeof makePool>['pool']

const hostile = () => {
  throw new Error('hands off')
}

test('sendText() works before start()', async () => {
  const host = memoryHost({ clock })
  const session = await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  const { pool } = makePool({ host, metadata: { store: memoryStore() } })
  await pool.sendText('a', 'x')
  expect(await host.capture(session)).toBe('x')
})

test('keys, size and attach command reach the host, and the result of sendText() is returned', async () => {
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: memoryStore() } })
  await pool.start()
  await pool.getOrCreateSession('a')
  expect(await pool.sendText('a', 'x\u0003', { submit: true })).toEqual({ submitted: true, foundUnsubmitted: false })
  await pool.sendKeys('a', ['y', 'Enter'])
  await pool.resize('a', { cols: 80, rows: 24 })
  expect(await pool.capture('a', { history: 'all' })).toBe('x\ny\n')
  await expect(pool.sendKeys('b', ['y'])).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
})

test('a verb that the host lacks is refused with its name', async () => {
  const { sendKeys: _sendKeys, ...host } = memoryHost({ clock })
  const { pool } = makePool({ host, metadata: { store: memoryStore() } })
  await pool.start()
  await pool.getOrCreateSession('a')
  await expect(pool.sendKeys('a', ['y'])).rejects.toMatchObject({
    code: 'HOST_REFUSED',
    message: expect.stringContaining('sendKeys'),
  })
})

test.each<[string, unknown]>([
  ['is no object', 7],
  ['has a text for its data', { data: 'x', lost: 0 }],
  ['has no count of what was lost', { data: new Uint8Array() }],
  ['has a negative count of what was lost', { data: new Uint8Array(), lost: -1 }],
  ['has a data that throws', Object.defineProperty({ lost: 0 }, 'data', { get: hostile })],
])('a chunk of output that %s is refused, after the chunks before it', async (_, wrong) => {
  const right = { data: new Uint8Array([120]), lost: 0 }
  const output = async function* () {
    yield* [right, wrong as typeof right]
  }
  const { pool } = makePool({ host: { ...memoryHost({ clock }), output }, metadata: { store: memoryStore() } })
  await pool.start()
  await pool.getOrCreateSession('a')
  const seen: unknown[] = []
  const reading = (async () => {
    for await (const chunk of pool.output('a')) seen.push(chunk)
  })()
  await expect(reading).rejects.toMatchObject({ code: expect.stringMatching(/^HOST_REFUSED$/) })
  expect(seen).toEqual([right])
})

test('an output that cannot be read is refused', async () => {
  const host = { ...memoryHost({ clock }), output: () => undefined as never }
  const { pool } = makePool({ host, metadata: { store: memoryStore() } })
  await pool.start()
  await pool.getOrCreateSession('a')
  await expect(pool.output('a').next()).rejects.toMatchObject({ code: 'HOST_REFUSED' })
})

test.each(['waits for the next chunk', 'is busy with a chunk'])(
  'stop() ends the output of a caller that %s, and the host lets it go',
  async (caller) => {
    let isLetGo = false
    const output = async function* (_session: unknown, { signal }: { signal?: AbortSignal | undefined } = {}) {
      try {
        yield { data: new Uint8Array(), lost: 0 }
        await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }))
      } finally {
        isLetGo = true
      }
    }
    const { pool } = makePool({ host: { ...memoryHost({ clock }), output }, metadata: { store: memoryStore() } })
    await pool.start()
    await pool.getOrCreateSession('a')
    const chunks = pool.output('a', { signal: new AbortController().signal })
    await chunks.next()
    const waiting = caller.startsWith('waits') ? chunks.next() : undefined
    await pool.stop()
    await expect.poll(() => isLetGo).toBe(true)
    expect(await (waiting ?? chunks.next())).toEqual({ done: true, value: undefined })
  },
)

test('the signal of a caller ends its output', async () => {
  const output = async function* (_session: unknown, { signal }: { signal?: AbortSignal | undefined } = {}) {
    yield { data: new Uint8Array(), lost: 0 }
    await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }))
  }
  const { pool } = makePool({ host: { ...memoryHost({ clock }), output }, metadata: { store: memoryStore() } })
  await pool.start()
  await pool.getOrCreateSession('a')
  const caller = new AbortController()
  const chunks = pool.output('a', { signal: caller.signal })
  await chunks.next()
  const waiting = chunks.next()
  caller.abort()
  expect(await waiting).toEqual({ done: true, value: undefined })
})

/** A pool whose host lists its one session, of workspace `a`, only when that is let go on. */
async function lookedUp(verbs: Partial<SessionHost> = {}) {
  const [inner, asked, answer] = [memoryHost({ clock }), gate(), gate()]
  await inner.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  const list = async () => {
    asked.open()
    await answer.opened
    return inner.list()
  }
  const { pool } = makePool({ host: { ...inner, ...verbs, list }, metadata: { store: memoryStore() } })
  return { pool, inner, asked, answer }
}

test.each(['rejects with the reason of the signal', 'ignores the signal'])(
  'a signal that is aborted while the session is looked up ends the output, also with a host that %s',
  async (what) => {
    const output = async function* (_session: unknown, { signal }: OutputOptions = {}) {
      if (what.startsWith('rejects')) signal?.throwIfAborted()
      yield { data: new Uint8Array(), lost: 0 }
      await new Promise<never>(() => {})
    }
    const { pool, asked, answer } = await lookedUp({ output })
    const caller = new AbortController()
    const first = pool.output('a', { signal: caller.signal }).next()
    await asked.opened
    caller.abort()
    answer.open()
    expect(await first).toEqual({ done: true, value: undefined })
  },
)

test('a signal that is aborted while the host opens the output ends it, although the host rejects', async () => {
  const opening = gate()
  const output = async function* (_session: unknown, { signal }: OutputOptions = {}) {
    opening.open()
    await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }))
    signal?.throwIfAborted()
    yield { data: new Uint8Array(), lost: 0 }
  }
  const { pool, answer } = await lookedUp({ output })
  answer.open()
  const caller = new AbortController()
  const first = pool.output('a', { signal: caller.signal }).next()
  await opening.opened
  caller.abort()
  expect(await first).toEqual({ done: true, value: undefined })
})

test('a session that is gone when its output is read is removed at once', async () => {
  const inner = memoryHost({ clock })
  const output = async function* () {
    yield* [] as OutputChunk[]
    throw new HostError('SESSION_GONE', 'it has ended')
  }
  const { pool } = makePool({ host: { ...inner, output }, metadata: { store: 'none' }, livenessIntervalMs: 60_000 })
  await pool.start()
  await inner.kill(await pool.getOrCreateSession('a'))
  await expect(pool.output('a').next()).rejects.toMatchObject({ code: 'SESSION_GONE' })
  expect(pool.listSessions()).toEqual([])
})

test.each([
  ['sendText()', (pool: Pool) => pool.sendText('a', 'x')],
  ['sendKeys()', (pool: Pool) => pool.sendKeys('a', ['x'])],
  ['resize()', (pool: Pool) => pool.resize('a', { cols: 80, rows: 24 })],
  ['output()', (pool: Pool) => pool.output('a').next()],
  ['setDraining()', (pool: Pool) => pool.setDraining('a', true)],
])('%s does nothing if the pool was stopped while the session was looked up', async (_, call) => {
  const touched: string[] = []
  const touch = (verb: string) => async (): Promise<never> => {
    touched.push(verb)
    throw new Error('it was called')
  }
  const verbs = { sendText: touch('sendText'), sendKeys: touch('sendKeys'), resize: touch('resize') }
  const { pool, asked, answer } = await lookedUp({ ...verbs, output: () => touch('output')() as never })
  const refused = expect(call(pool)).rejects.toMatchObject({ code: 'POOL_STOPPED' })
  await asked.opened
  const stopping = pool.stop({ timeoutMs: 50 })
  answer.open()
  await refused
  await stopping
  expect(touched).toEqual([])
})

test('a text is given up by the signal of its caller, also while the session is looked up, with the reason of that signal', async () => {
  const waiting = gate()
  const sendText: SessionHost['sendText'] = (_session, _text, { signal } = {}) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason))
      waiting.open()
    })
  const [early, late, reason] = [new AbortController(), new AbortController(), new Error('given up')]
  const { pool, asked, answer, inner } = await lookedUp({ sendText })
  const lookedUpFor = pool.sendText('a', 'x', { signal: early.signal })
  await asked.opened
  early.abort(reason)
  answer.open()
  await expect(lookedUpFor).rejects.toBe(reason)
  const typing = pool.sendText('a', 'x', { signal: late.signal })
  await waiting.opened
  late.abort(reason)
  await expect(typing).rejects.toBe(reason)
  expect(await inner.capture({ sessionName: 'claude-a' })).toBe('')
})

test.each([null, 5, [], { sinal: undefined }, { signal: 5 }])(
  'sendText() refuses %j for its options',
  async (options) => {
    const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: 'none' } })
    await pool.start()
    await pool.getOrCreateSession('a')
    await expect(pool.sendText('a', 'x', options as never)).rejects.toThrow(
      /sendText\(\) cannot use|signal must be an AbortSignal/,
    )
  },
)

test.each([
  ['gives no promise', () => ({ done: true, value: undefined })],
  [
    'throws',
    () => {
      throw new Error('no')
    },
  ],
])('stop() ends an output whose return() %s', async (_, end) => {
  let isEnded = false
  const output = () => ({
    [Symbol.asyncIterator]() {
      return this
    },
    next: () => (isEnded ? Promise.resolve({ done: true as const, value: undefined }) : new Promise<never>(() => {})),
    return() {
      isEnded = true
      return end()
    },
  })
  const { pool } = makePool({
    host: { ...memoryHost({ clock }), output: output as never },
    metadata: { store: 'none' },
  })
  await pool.start()
  await pool.getOrCreateSession('a')
  pool
    .output('a')
    .next()
    .catch(() => undefined)
  await sleep(10)
  await pool.stop()
  expect(isEnded).toBe(true)
})

test.each([
  ['a number', 5],
  ['a list', []],
  ['null', null],
  ['an unknown option', { sinal: undefined }],
  ['no signal', { signal: 5 }],
])('output() refuses %s for its options', async (_, options) => {
  const output = async function* () {
    yield { data: new Uint8Array(), lost: 0 }
  }
  const { pool } = makePool({ host: { ...memoryHost({ clock }), output }, metadata: { store: 'none' } })
  await pool.start()
  await pool.getOrCreateSession('a')
  const refused = expect(pool.output('a', options as never).next()).rejects
  await refused.toThrow(/output\(\) cannot use|signal must be an AbortSignal/)
})

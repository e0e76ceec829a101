import { expect, test } from 'vitest'
import { memoryStore } from '../../../src/index.ts'
import { memoryHost } from '../../../src/testing.ts'
import { makePool } from '../../support/pools.ts'
import { clock, sleep } from '../../support/time.ts'

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

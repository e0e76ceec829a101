import type { SessionHost } from '@sessionkeep/contracts/host'
import { memoryHost } from '@sessionkeep/contracts/testing'
import { expect, test } from 'vitest'
import { privateServer, stamps } from './support/private-server.ts'

const LAUNCHES = [
  { cwd: '' },
  { cwd: 5 },
  { cwd: '/a\0b' },
  { command: [] },
  { command: 5 },
  { command: null },
  { command: ['a', 5] },
  { command: new Array(1) },
  { command: Object.assign(new Array(1), ['a'], { length: 3 }) },
  { command: 'a\0b' },
  { env: { 'not a name': 'x' } },
  { env: { A: 5 } },
  { env: new Map([['A', 'x']]) },
  { env: 5 },
  { env: '' },
  { env: Promise.resolve({ A: 'x' }) },
]
const SIZES = [{ cols: 0 }, { rows: 1.5 }, { cols: '80' }, { cols: 10_001 }]
const TYPED = [
  { delayMs: -1 },
  { delayMs: 2 ** 31 },
  { delayMs: '5' },
  { delayMs: 5n },
  { submit: 'false' },
  { submit: 1 },
  { clearFirst: 'yes' },
  { submit: true, confirm: null },
  { controls: 'keep' },
  { confirm: true },
  { submit: true, confirm: 'yes' },
  { submit: true, confirm: { seen: 'text' } },
  { submit: true, confirm: { timeoutMs: 0 } },
  { submit: true, confirm: { timeoutMs: Number.NaN } },
  { signal: {} },
]
const CAPTURES = [
  { history: -1 },
  { history: 1.5 },
  { history: 'some' },
  { maxBytes: 0 },
  { join: 'no' },
  { escapes: 1 },
]
const KEYS = [undefined, [], 'C-c', [undefined], new Array(1), [null], [['x']], ['nokey']]

/** Arguments that have an option that the verb does not know, or no options at all. */
const WITHOUT = [null, 5, 'submit', [], new Map([['submit', true]]), Promise.resolve({})]
const UNKNOWN_TYPED = [{ submitt: true }, { submit: true, confirm: { timeout: 5 } }, ...WITHOUT]
const UNKNOWN_LAUNCHES = [{ evn: { A: 'x' } }, { foo: 1 }]
const UNKNOWN_CAPTURES = [{ lines: 5000 }, { histroy: 5 }, ...WITHOUT]

const outcomeOf = (call: () => unknown): Promise<unknown> =>
  Promise.resolve()
    .then(call)
    .then(
      () => 'done',
      (error: unknown) => error,
    )

// If a gateway passes its tests with the host in memory, a wrong argument must not make it fail with tmux.
test.each(['memory', 'tmux'])(
  'the host %s refuses wrong arguments with a TypeError, and changes nothing',
  async (name) => {
    const host: SessionHost = name === 'tmux' ? privateServer().host() : memoryHost()
    const made = await host.create('a', stamps)
    const calls = [
      ...[...LAUNCHES, ...SIZES].map(
        (given) => [given, () => host.create('b', { ...stamps, ...given } as never)] as const,
      ),
      ...LAUNCHES.map((given) => [given, () => host.respawn?.(made, given as never)] as const),
      [{ signal: {} }, () => host.respawn?.(made, { signal: {} } as never)] as const,
      ...TYPED.map((given) => [given, () => host.sendText(made, 'typed', given as never)] as const),
      ...CAPTURES.map((given) => [given, () => host.capture(made, given as never)] as const),
      ...SIZES.map((given) => [given, () => host.resize?.(made, { cols: 80, rows: 24, ...given } as never)] as const),
      [{ text: 5 }, () => host.sendText(made, 5 as never)] as const,
      ...KEYS.map((given) => [given, () => host.sendKeys?.(made, given as never)] as const),
      [{ signal: {} }, () => host.sendKeys?.(made, ['x'], { signal: {} } as never)] as const,
      ...[undefined, null, 80].map((given) => [given, () => host.resize?.(made, given as never)] as const),
    ]
    for (const [given, call] of calls) {
      const outcome = await outcomeOf(call)
      expect([given, outcome]).toEqual([given, expect.any(TypeError)])
      expect(String(outcome)).not.toMatch(/Cannot|not a function|not iterable/)
    }
    expect((await host.list()).map(({ sessionName }) => sessionName)).toEqual(['a'])
    expect(await host.capture(made)).not.toContain('typed')
  },
)

test.each(['memory', 'tmux'])(
  'the host %s refuses a variable in a short message that shows no secret',
  async (name) => {
    const host: SessionHost = name === 'tmux' ? privateServer().host() : memoryHost()
    for (const key of ['API-KEY=sk-hunter2', `hunter2 ${'x'.repeat(1_000_000)}`, `A${'hunter2'.repeat(10_000)}`]) {
      const { message } = (await outcomeOf(() => host.create('a', { ...stamps, env: { [key]: '\0' } }))) as Error
      expect(message).toContain(`env: (a key of ${key.length} characters) must be`)
      expect(message).not.toContain('hunter2')
      expect(message.length).toBeLessThan(200)
    }
    expect(String(await outcomeOf(() => host.create('a', { ...stamps, env: { 'API-KEY': 'x' } })))).toContain(
      'env: API-KEY must be',
    )
  },
)

test.each(['memory', 'tmux'])(
  'the host %s refuses an option that a verb does not have with CONFIG_INVALID, and changes nothing',
  async (name) => {
    const host: SessionHost = name === 'tmux' ? privateServer().host() : memoryHost()
    const made = await host.create('a', stamps)
    const calls = [
      ...UNKNOWN_TYPED.map((given) => [given, () => host.sendText(made, 'typed', given as never)] as const),
      ...[{ singal: undefined }, ...WITHOUT].map(
        (given) => [given, () => host.sendKeys?.(made, ['x'], given as never)] as const,
      ),
      ...UNKNOWN_CAPTURES.map((given) => [given, () => host.capture(made, given as never)] as const),
      ...UNKNOWN_LAUNCHES.map((given) => [given, () => host.create('b', { ...stamps, ...given } as never)] as const),
      ...WITHOUT.map((given) => [given, () => host.create('b', given as never)] as const),
      ...[...UNKNOWN_LAUNCHES, ...WITHOUT, { cols: 1 }].map(
        (given) => [given, () => host.respawn?.(made, given as never)] as const,
      ),
    ]
    for (const [given, call] of calls)
      expect([given, await outcomeOf(call)]).toMatchObject([given, { code: 'CONFIG_INVALID' }])
    const misspelt = await outcomeOf(() => host.sendText(made, 'typed', { submitt: true } as never))
    const variables = await outcomeOf(() => host.create('b', { ...stamps, evn: { A: 'x' } } as never))
    expect(String(variables)).toContain('create() cannot use these options: evn is not an option; did you mean "env"?')
    expect(String(misspelt)).toContain(
      'sendText() cannot use these options: submitt is not an option; did you mean "submit"?',
    )
    expect((await host.list()).map(({ sessionName }) => sessionName)).toEqual(['a'])
    expect(await host.capture(made, { history: undefined })).not.toContain('typed')
    expect(await host.sendText(made, 'typed', { submit: undefined, clearFirst: undefined })).toMatchObject({
      submitted: false,
    })
  },
)

test('output() refuses wrong options before the first chunk', async () => {
  const host = privateServer().host()
  const made = await host.create('a', stamps)
  const first = (given: unknown) =>
    outcomeOf(() =>
      host
        .output?.(made, given as never)
        [Symbol.asyncIterator]()
        .next(),
    )
  for (const given of [{ maxByte: 5 }, ...WITHOUT]) expect(await first(given)).toMatchObject({ code: 'CONFIG_INVALID' })
  for (const given of [{ maxBytes: 0 }, { signal: {} }, { signal: null }]) {
    const outcome = await first(given)
    expect(outcome).toBeInstanceOf(TypeError)
    expect(String(outcome)).not.toMatch(/Cannot|not a function/)
  }
})

import { checkCapture, checkKeys, checkLaunch, checkOutput, checkSize, checkTyping } from '@sessionkeep/contracts'
import { memoryHost } from '@sessionkeep/core/testing'
import { expect, it } from 'vitest'
import { directoryOf } from '../../tmux/src/create.ts'
import { assertFits } from '../../tmux/src/launch-words.ts'
import { typedText } from '../../tmux/src/text.ts'
import { answerTo } from '../src/errors.ts'

/** What a call throws, or rejects with. */
const thrownBy = async (call: () => unknown) => {
  try {
    await call()
  } catch (error) {
    return error
  }
  return expect.unreachable()
}

const WRONG = 7 as never
const LAUNCHES = [{ cwd: '' }, { command: [] }, { env: WRONG }, { env: { 'a-b': '' } }, { cols: 0 }]
const TYPINGS = [
  ...[{ submit: WRONG }, { delayMs: -1 }, { controls: WRONG }, { confirm: WRONG }, { confirm: true }],
  ...[{ seen: WRONG }, { timeoutMs: 0 }].map((confirm) => ({ submit: true, confirm })),
]

it.each<[string, () => unknown]>([
  ...LAUNCHES.map((options): [string, () => void] => ['create()', () => checkLaunch('create', options)]),
  ...TYPINGS.map((options): [string, () => void] => ['sendText()', () => checkTyping('a', options)]),
  ['respawn()', () => checkLaunch('respawn', { signal: WRONG })],
  ['a text', () => checkTyping(WRONG, {})],
  ['keys', () => checkKeys(WRONG)],
  ['a size', () => checkSize(WRONG)],
  ['capture()', () => checkCapture({ history: -1 })],
  ['output()', () => checkOutput({ maxBytes: 0 })],
  ['a long key', () => memoryHost().sendKeys?.({ workspace: 'w', sessionName: 's' } as never, ['x'.repeat(64)])],
  ['a text on tmux', () => typedText('\u001b', 'refuse')],
  ['a directory elsewhere', () => directoryOf('here', true)],
  ['a long word', () => assertFits(['x'.repeat(200_000)], new Map())],
])('a wrong argument of %s is a fault of the caller, and is not logged', async (_, call) => {
  const error = await thrownBy(call)
  expect(error).toBeInstanceOf(TypeError)
  const answer = answerTo(error, { error: () => expect.unreachable() })
  expect(answer).toMatchObject({ status: 400, body: { error: { message: (error as Error).message } } })
})

const given = (value: unknown) => value as never
it.each<[string, () => unknown]>([
  ['reads undefined', () => given(undefined)['must be']],
  ['calls what is no function', () => (given(1) as () => 1)()],
  ['goes through what is no list', () => [...given(1)]],
  ['changes what is frozen', () => Object.assign(Object.freeze({ a: 1 }), { a: 2 })],
  ['makes an object of what is no class', () => new (given(1) as typeof Date)()],
  ['shows a bigint as JSON', () => JSON.stringify(1n)],
  ['shows a symbol as text', () => `${given(Symbol('must be'))}`],
  ['defines a getter that is none', () => Object.defineProperty({}, 'a', { get: given(1) })],
  ['reads a wrong address', () => new URL('must be')],
  ['asks a server that is away', () => fetch('http://127.0.0.1:1')],
  ['gives a wrong argument to Node', () => Buffer.from(given(1))],
])('an error of our own code that %s is no fault of the caller, and is logged', async (_, call) => {
  const error = await thrownBy(call)
  expect(error).toBeInstanceOf(TypeError)
  const logged: unknown[] = []
  expect(answerTo(error, { error: (fields: unknown) => logged.push(fields) }).status).toBe(500)
  expect(logged).toHaveLength(1)
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { type MetadataStore, memoryStore } from '@sessionkeep/contracts'
import { expect, test } from 'vitest'
import { built } from '../../../test/support/built.ts'
import { makeFixture } from '../../core/test/support/fixture.ts'
import { type OpenStoreOptions, openStore } from '../src/open-store.ts'

const program = built(fileURLToPath(new URL('./support/hanging-store-process.mjs', import.meta.url)))

const failureOf = (store: unknown, options: unknown = { metadata: {} }): Promise<unknown> =>
  openStore(store as MetadataStore, options as OpenStoreOptions).then(
    () => 'it was opened',
    (error: unknown) => error,
  )
const throwing = (thrown: unknown) => async () => {
  throw thrown
}

test.each<[string, unknown, string]>([
  ['an error', new Error('cannot connect postgres://u:hunter2@h/d'), 'postgres://***@h/d'],
  ['a string', 'cannot connect postgres://u:hunter2@h/d', 'postgres://***@h/d'],
  ['nothing', undefined, 'undefined'],
])('%s that open() or close() throws is reported as in a pool, without credentials', async (_, thrown, words) => {
  const opening = await failureOf({ ...memoryStore(), open: throwing(thrown) })
  const open = await openStore({ ...memoryStore(), close: throwing(thrown) }, { metadata: {} })
  const closing: unknown = await open.close().catch((error: unknown) => error)
  for (const [error, verb] of [
    [opening, 'open'],
    [closing, 'close'],
  ] as const) {
    expect(error).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining(`${verb}() of store memory failed: `),
    })
    expect((error as Error).message).toContain(words)
    expect(inspect(error)).not.toContain('hunter2')
  }
})

test('a close() that hangs is given up, and a second call has the same result', async () => {
  const open = await openStore(
    { ...memoryStore(), close: () => new Promise<void>(() => undefined) },
    { metadata: {}, timeoutMs: 20 },
  )
  for (const _ of [1, 2]) await expect(open.close()).rejects.toMatchObject({ code: 'STORE_TIMEOUT' })
})

test.each<[unknown, string]>([
  [null, 'expected an object, and not null'],
  [{ readonly: true }, 'readonly is not an option; did you mean "readOnly"?'],
  [{ readOnly: 'yes' }, 'readOnly: '],
  [{ cwd: 5 }, 'cwd: must be a path'],
  [{ cwd: '/no/such/directory' }, 'there is no directory'],
  [{ poolId: 5 }, 'poolId: '],
  [{ poolId: 'a\0' }, 'poolId: must be well-formed'],
  [{ owner: '' }, 'owner: '],
  [{ timeoutMs: Number.NaN }, 'timeoutMs: '],
  [{ timeoutMs: -1 }, 'timeoutMs: must be above 0'],
  [{ timeoutMs: '5' }, 'timeoutMs: must be a number'],
  [{ timeoutMs: 2 ** 40 }, 'timeoutMs: must be at most'],
  [{ signal: {} }, 'signal: must be an AbortSignal'],
  [{ logger: {} }, 'logger: '],
  [{ metadata: Promise.resolve({}) }, 'metadata: must be an object of options, and is a promise'],
  [{ metadata: { stor: 'x' } }, 'stor'],
  [{ stores: new Map() }, 'stores: must be an object of options'],
])('invalid options are refused, and nothing is opened: %j', async (options, words) => {
  const store = { ...memoryStore(), open: throwing(new Error('it was opened')) }
  expect(await failureOf(store, options)).toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(words),
  })
})

const unreadable = new Proxy(
  {},
  {
    get() {
      throw new Error('unreadable')
    },
  },
)
test.each([[undefined], [null], [5], [''], [' '], [{}], [[]], [{ store: 'memory' }], [unreadable]])(
  'an invalid selection is refused: %#',
  async (selection) => {
    expect(await failureOf(selection)).toMatchObject({ code: 'CONFIG_INVALID' })
  },
)

test('an open() that hangs is given up in a process that has nothing else to do', async () => {
  const child = spawn(process.execPath, [program], { cwd: makeFixture() })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += String(text)))
  const [code] = await once(child, 'close')
  expect([code, said]).toEqual([0, 'STORE_TIMEOUT\nSTORE_TIMEOUT\n'])
})

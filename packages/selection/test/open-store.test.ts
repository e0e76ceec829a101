import { join } from 'node:path'
import { memoryStore, type StoreContext } from '@sessionkeep/contracts'
import { afterEach, expect, test, vi } from 'vitest'
import { makeFixture, pluginSource } from '../../core/test/support/fixture.ts'
import { type OpenStoreOptions, openStore } from '../src/open-store.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

const call = { signal: new AbortController().signal }
const record = { sessionName: 'a', workspace: 'a', createdAt: 1, lastActivityAt: 1, totalRequests: 1, status: 'idle' }

/** A memory store that records how it was opened and closed, and whose open() does what the test gives. */
function watched(opening: (context: StoreContext) => Promise<void> = async () => undefined) {
  const inner = memoryStore()
  const opened: StoreContext[] = []
  const counts = { closed: 0 }
  const store = {
    ...inner,
    name: 'watched',
    async open(context: StoreContext) {
      opened.push(context)
      await opening(context)
      await inner.open?.(context)
    },
    async close() {
      counts.closed += 1
      await inner.close?.()
    },
  }
  return { store, opened, counts }
}

test('a store is opened, used with its own methods, and closed once', async () => {
  const { store, opened, counts } = watched()
  const open = await openStore(store, { poolId: 'p' })
  expect(opened[0]).toMatchObject({ namespace: 'p', owner: 'p', readOnly: false })
  await open.setMany(new Map([['a', record]]), call)
  expect(await open.getMany(['a'], call)).toEqual(new Map([['a', record]]))
  for await (const name of open.list(call)) expect(name).toBe('a')
  await open.deleteMany(['a'], call)
  expect(open.capabilities).toEqual(store.capabilities)
  await Promise.all([open.close(), open.close()])
  expect(counts.closed).toBe(1)
  await expect(open.getMany(['a'], call)).rejects.toMatchObject({ code: 'STORE_CLOSED' })
})

test('a store that is opened read-only writes nothing', async () => {
  const { store, opened } = watched()
  const open = await openStore(store, { readOnly: true, owner: 'claude-' })
  expect(opened[0]).toMatchObject({ namespace: undefined, owner: 'claude-', readOnly: true })
  await expect(open.setMany(new Map([['a', record]]), call)).rejects.toMatchObject({ code: 'STORE_READ_ONLY' })
  await open.close()
})

test('auto selects the store of environment, configuration or default', async () => {
  const cwd = makeFixture({
    'sessionkeep.config.json': { store: './third.mjs', stores: { './third.mjs': { level: 3 } } },
    'third.mjs': pluginSource(),
  })
  const open = await openStore('auto', { cwd })
  expect(open.name).toBe('third')
  await open.close()
  vi.stubEnv('SESSIONKEEP_STORE', 'none')
  expect((await openStore('auto', { cwd })).name).toBe('none')
  expect((await openStore('./third.mjs', { cwd, metadata: {} })).name).toBe('third')
})

test('variables that are given replace those of the process', async () => {
  vi.stubEnv('SESSIONKEEP_STORE', 'memory')
  const open = async (env: OpenStoreOptions['env']) => (await openStore('auto', { cwd: makeFixture(), env })).name
  expect(await open({ SESSIONKEEP_STORE: 'none' })).toBe('none')
  expect(await open(process.env)).toBe('memory')
  expect(await open(undefined)).toBe('memory')
})

test.each<[string, OpenStoreOptions, string, string]>([
  ['memroy', {}, 'CONFIG_UNKNOWN_STORE', 'Did you mean "memory"?'],
  ['./third.mjs', { stores: { '/other': {} } }, 'CONFIG_PLUGIN_INVALID', 'there is no such file'],
])('%s is refused as in a pool', async (selection, options, code, words) => {
  const error = (await openStore(selection, { cwd: makeFixture(), ...options }).catch(
    (reason: unknown) => reason,
  )) as Error
  expect(error).toMatchObject({ code })
  expect(error.message).toContain(words)
})

test('the error of open() is passed on, and nothing stays open', async () => {
  const { store, counts } = watched(() => Promise.reject(Object.assign(new Error('taken'), { code: 'STORE_LOCKED' })))
  await expect(openStore(store)).rejects.toMatchObject({ code: 'STORE_LOCKED' })
  expect(counts.closed).toBe(1)
})

test('an open() that hangs is given up, and the store is closed when it opens later', async () => {
  let go: () => void = () => undefined
  const { store, opened, counts } = watched(
    () =>
      new Promise((resolve) => {
        go = resolve
      }),
  )
  await expect(openStore(store, { timeoutMs: 20 })).rejects.toMatchObject({ code: 'STORE_TIMEOUT' })
  expect(opened[0]?.signal.aborted).toBe(true)
  expect(counts.closed).toBe(0)
  go()
  await vi.waitFor(() => expect(counts.closed).toBe(1), { timeout: 20_000 })
})

test('a signal cancels the call before and during open()', async () => {
  const { store, opened } = watched(
    ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  )
  const early = new AbortController()
  const notBegun = openStore(store, { signal: early.signal })
  early.abort(new Error('enough'))
  await expect(notBegun).rejects.toThrow('enough')
  expect(opened).toEqual([])

  const controller = new AbortController()
  const running = openStore(store, { signal: controller.signal })
  await vi.waitFor(() => expect(opened).toHaveLength(1), { timeout: 20_000 })
  controller.abort(new Error('enough'))
  await expect(running).rejects.toThrow('enough')
})

test('a configuration in the parent directory gives a store its options', async () => {
  const directory = makeFixture({
    'sessionkeep.config.json': { stores: { './third.mjs': { bad: true } } },
    'third.mjs': pluginSource(),
    'app/x': '',
  })
  const opening = openStore('../third.mjs', { cwd: join(directory, 'app') })
  await expect(opening).rejects.toThrow('must not be bad')
})

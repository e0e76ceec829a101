import { type StoreContext, StoreError } from '@sessionkeep/contracts'
import { expect, test } from 'vitest'
import { createStore, type OpenStore, type StoreDefinition } from '../src/index.ts'
import { createBarrier } from './support/barrier.ts'
import { capabilities, context, signal } from './support/texts.ts'

/** A definition that records its calls. `over` replaces parts of the open store, and opening waits for `opened`. */
function defined(over: Partial<OpenStore> = {}, definition: Partial<StoreDefinition> = {}, opened?: Promise<void>) {
  const calls: string[] = []
  const note = async (call: string) => void calls.push(call)
  const open = async (): Promise<OpenStore> => {
    await opened
    calls.push('open')
    return {
      getMany: async () => new Map(),
      setMany: () => note('setMany'),
      deleteMany: () => note('deleteMany'),
      setAside: () => note('setAside'),
      list: async () => [],
      close: () => note('close'),
      ...over,
    }
  }
  return { store: createStore({ name: 'kit', capabilities, open, ...definition }), calls }
}

const readOnly: StoreContext = { ...context, readOnly: true }

test('a store that was opened read-only refuses every writing call and reads', async () => {
  const { store, calls } = defined()
  await store.open?.(readOnly)
  const refused = { code: 'STORE_READ_ONLY' }
  await expect(store.setMany(new Map([['a', 1]]), { signal })).rejects.toMatchObject(refused)
  await expect(store.deleteMany(['a'], { signal })).rejects.toMatchObject(refused)
  await expect(store.setAside?.(['a'], { signal })).rejects.toMatchObject(refused)
  expect(await store.getMany(['a'], { signal })).toEqual(new Map())
  expect(calls).toEqual(['open'])
})

test('a batch that the caller changes while it waits is stored as it was given', async () => {
  const stored: string[] = []
  const { store } = defined({
    async setMany(records) {
      await Promise.resolve()
      stored.push(...records.keys())
    },
    async deleteMany(names) {
      await Promise.resolve()
      stored.push(...names)
    },
  })
  await store.open?.(context)
  const [batch, names] = [new Map([['a', 1]]), ['b']]
  const calls = [store.setMany(batch, { signal }), store.deleteMany(names, { signal })]
  batch.clear()
  names.pop()
  await Promise.all(calls)
  expect(stored).toEqual(['a', 'b'])
})

test('close() during open() waits for it, and a closed store can be opened again', async () => {
  const { store, calls } = defined()
  await Promise.all([store.open?.(context), store.close?.(), store.open?.(context)])
  expect(calls).toEqual(['open', 'close', 'open'])
  expect(await store.getMany(['a'], { signal })).toEqual(new Map())
})

test.each([
  ['namespace', { namespace: 'b' }],
  ['owner', { owner: 'b' }],
  ['onLost', { onLost: () => {} }],
] as const)('a store that is open for one pool is locked for another, which has another %s', async (_, other) => {
  const { store, calls } = defined()
  const mine: StoreContext = { ...context, namespace: 'a', owner: 'a', onLost: () => {} }
  await store.open?.(mine)
  await store.open?.(mine)
  const refused = { code: 'STORE_LOCKED', message: expect.stringContaining('Make a store for each pool.') }
  await expect(store.open?.({ ...mine, ...other })).rejects.toMatchObject(refused)
  await store.close?.()
  await store.open?.({ ...mine, ...other })
  expect(calls).toEqual(['open', 'close', 'open'])
})

test('close() waits for a running call, and refuses new calls meanwhile', async () => {
  const barrier = createBarrier()
  const { store, calls } = defined({ setMany: () => barrier.opened })
  await store.open?.(context)
  const writing = store.setMany(new Map([['a', 1]]), { signal })
  const closing = store.close?.()
  await new Promise(setImmediate)
  expect(calls).toEqual(['open'])
  await expect(store.deleteMany(['a'], { signal })).rejects.toMatchObject({ code: 'STORE_CLOSED' })
  barrier.open()
  await Promise.all([writing, closing])
  expect(calls).toEqual(['open', 'close'])
})

test('a store that opens after open() was aborted is closed, and open() rejects', async () => {
  const barrier = createBarrier()
  const abort = new AbortController()
  const { store, calls } = defined({}, {}, barrier.opened)
  const opening = store.open?.({ ...context, signal: abort.signal })
  await new Promise(setImmediate)
  abort.abort(new Error('enough'))
  barrier.open()
  await expect(opening).rejects.toMatchObject({ code: 'STORE_TIMEOUT', cause: { message: 'enough' } })
  expect(calls).toEqual(['open', 'close'])
  await expect(store.getMany([], { signal })).rejects.toMatchObject({ code: 'STORE_CLOSED' })
})

test('an error that is not a StoreError becomes STORE_UNAVAILABLE, or what toError returns', async () => {
  const fail = () => Promise.reject(new Error('away'))
  const { store } = defined({ getMany: fail })
  await store.open?.(context)
  await expect(store.getMany(['a'], { signal })).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: 'getMany() of store kit failed: away',
  })
  const own = defined({ getMany: fail }, { toError: () => new StoreError('STORE_FULL', 'No room.') })
  await own.store.open?.(context)
  await expect(own.store.getMany(['a'], { signal })).rejects.toMatchObject({ code: 'STORE_FULL' })
})

test('capabilities are read at each use', () => {
  let durability: 'power' | 'process' = 'power'
  const store = createStore({
    name: 'kit',
    get capabilities() {
      return { durability, retains: true, shared: false }
    },
    open: () => Promise.reject(new Error('This test does not open it.')),
  })
  expect(store.capabilities.durability).toBe('power')
  durability = 'process'
  expect(store.capabilities.durability).toBe('process')
})

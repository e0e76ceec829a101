import { describe, expect, test } from 'vitest'
import { keyValueStore } from '../src/index.ts'
import { createBarrier } from './support/barrier.ts'
import { capabilities, context, openedTexts, placeIn, signal } from './support/texts.ts'

const turn = () => new Promise(setImmediate)

describe('open()', () => {
  test('is the first access, connects once, and again after close()', async () => {
    const place = placeIn(new Map())
    let connected = 0
    const connect = () => {
      connected += 1
      return place.connection
    }
    const store = keyValueStore({ name: 'texts', capabilities, connect })
    expect(connected).toBe(0)
    await Promise.all([store.open?.(context), store.open?.(context)])
    expect(connected).toBe(1)
    await store.close?.()
    await store.open?.(context)
    expect([connected, place.of('close').length]).toEqual([2, 1])
  })

  test('rejects with a StoreError when it cannot connect, and may be called again', async () => {
    const place = placeIn(new Map())
    let isDown = true
    const connect = async () => {
      if (isDown) throw new Error('refused')
      return place.connection
    }
    const store = keyValueStore({ name: 'texts', capabilities, connect })
    await expect(store.open?.(context)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    isDown = false
    await store.open?.(context)
    expect(await store.getMany(['a'], { signal })).toEqual(new Map())
  })

  test('closes the connection whose first check() fails', async () => {
    const place = placeIn(new Map())
    place.hooks.check = () => Promise.reject(new Error('nobody there'))
    const store = keyValueStore({ name: 'texts', capabilities, connect: () => place.connection })
    await expect(store.open?.(context)).rejects.toThrow('nobody there')
    expect(place.calls).toEqual(['check', 'close'])
    await expect(store.getMany([], { signal })).rejects.toMatchObject({ code: 'STORE_CLOSED' })
  })

  test('closes a connection that is made after the abort', async () => {
    const place = placeIn(new Map())
    const barrier = createBarrier()
    const connect = async () => {
      await barrier.opened
      return place.connection
    }
    const store = keyValueStore({ name: 'texts', capabilities, connect })
    const abort = new AbortController()
    const opening = store.open?.({ ...context, signal: abort.signal })
    await turn()
    abort.abort(new Error('too late'))
    barrier.open()
    await expect(opening).rejects.toMatchObject({ code: 'STORE_TIMEOUT', cause: { message: 'too late' } })
    expect(place.of('close')).toHaveLength(1)
  })
})

test('list() returns each name once, whatever iterable the keys are, and skips keys of no record', async () => {
  const keys = ['ground/live/a', 'ground/live/a', 'ground/live/~41', 'ground/aside/b', 'pool-c/live/d', 'else', '']
  for (const form of [
    () => keys,
    async () => new Set(keys),
    async function* () {
      yield* keys
    },
  ]) {
    const { names, place } = await openedTexts()
    Object.assign(place.connection, { keys: form })
    expect(await names()).toEqual(['a', 'A'])
  }
})

test('a list() of endless keys without I/O ends when its signal is aborted', async () => {
  const { store, place } = await openedTexts()
  Object.assign(place.connection, {
    async *keys() {
      for (let at = 0; at < 3_000_000; at += 1) yield 'x'
    },
  })
  const abort = new AbortController()
  setTimeout(() => abort.abort(new Error('late')), 5)
  const read = async () => {
    for await (const name of store.list(abort)) expect(name).toBeUndefined()
  }
  await expect(read()).rejects.toMatchObject({ code: 'STORE_TIMEOUT' })
})

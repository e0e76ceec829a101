import { describe, expect, test } from 'vitest'
import { keyValueStore } from '../src/index.ts'
import { createBarrier } from './support/barrier.ts'
import { capabilities, openedTexts, placeIn, signal } from './support/texts.ts'

const givenUp = { code: 'STORE_TIMEOUT', cause: { message: 'enough' } }
const turn = () => new Promise(setImmediate)
const numbered = (count: number) => new Map(Array.from({ length: count }, (_, n) => [`n${n}`, { n }]))

/** Counts how many tasks run at once. */
function counted(held: Promise<void>) {
  const now = { running: 0, most: 0 }
  return {
    now,
    async way() {
      now.running += 1
      now.most = Math.max(now.most, now.running)
      await held
      now.running -= 1
    },
  }
}

describe('concurrent calls', () => {
  test('calls about one name run one after the other, about different names at once', async () => {
    const { store, texts, place } = await openedTexts()
    const barrier = createBarrier()
    place.hooks.set = (key) => (key.endsWith('/a') ? barrier.opened : undefined)
    const first = store.setMany(new Map([['a', 1]]), { signal })
    const second = store.setMany(new Map([['a', 2]]), { signal })
    const read = store.getMany(['a'], { signal })
    await store.setMany(new Map([['b', 1]]), { signal })
    await turn()
    expect(place.of('set')).toEqual(['set ground/live/a', 'set ground/live/b'])
    expect(place.of('get')).toEqual([])
    barrier.open()
    await Promise.all([first, second])
    expect(await read).toEqual(new Map([['a', 2]]))
    expect(texts.get('ground/live/a')).toBe('2')
  })

  test.each([
    [undefined, 8],
    [3, 3],
  ])('with the concurrency %j, %i keys of a call', async (concurrency, most) => {
    const { store, place, texts } = await openedTexts({ concurrency })
    const barrier = createBarrier()
    const { now, way } = counted(barrier.opened)
    place.hooks.set = way
    const writing = store.setMany(numbered(40), { signal })
    await turn()
    expect(now.running).toBe(most)
    barrier.open()
    await writing
    expect([now.most, texts.size]).toEqual([most, 40])
  })

  test.each([0, -1, 1.5, Number.NaN])('a concurrency of %d is refused', (concurrency) => {
    const connect = () => placeIn(new Map()).connection
    expect(() => keyValueStore({ name: 'texts', capabilities, connect, concurrency })).toThrow(TypeError)
  })

  test('an aborted call starts no further task, and rejects with STORE_TIMEOUT when its running tasks have ended', async () => {
    const { store, place, texts } = await openedTexts({ concurrency: 2 })
    const barrier = createBarrier()
    place.hooks.set = () => barrier.opened
    const abort = new AbortController()
    let outcome: unknown
    const writing = store.setMany(numbered(10), abort).catch((error: unknown) => {
      outcome = error
    })
    await turn()
    abort.abort(new Error('enough'))
    await turn()
    expect(outcome).toBeUndefined()
    barrier.open()
    await writing
    expect(outcome).toMatchObject(givenUp)
    expect([...texts.values()]).toEqual(['{"n":0}', '{"n":1}'])
  })

  test.each(['get', 'keys'] as const)(
    'an aborted %s() rejects with STORE_TIMEOUT and the reason as its cause',
    async (verb) => {
      const { store, place } = await openedTexts()
      const abort = new AbortController()
      place.hooks[verb] = () => {
        abort.abort(new Error('enough'))
        return Promise.reject(new Error('what the client makes of it'))
      }
      const names = async () => {
        for await (const name of store.list(abort)) expect(name).toBeUndefined()
      }
      await expect(verb === 'get' ? store.getMany(['a'], abort) : names()).rejects.toMatchObject(givenUp)
    },
  )

  test('an aborted call that waits for another call about its name does nothing', async () => {
    const { store, place, texts } = await openedTexts()
    const barrier = createBarrier()
    place.hooks.set = () => barrier.opened
    const first = store.setMany(new Map([['a', 1]]), { signal })
    const abort = new AbortController()
    const second = store.setMany(new Map([['a', 2]]), abort)
    await turn()
    abort.abort(new Error('enough'))
    barrier.open()
    await first
    await expect(second).rejects.toMatchObject(givenUp)
    expect(texts.get('ground/live/a')).toBe('1')
  })

  test('close() waits for running calls and all their tasks, and then closes the connection once', async () => {
    const { store, place } = await openedTexts({ concurrency: 1 })
    const barrier = createBarrier()
    place.hooks.set = () => barrier.opened
    const writing = store.setMany(numbered(3), { signal })
    await turn()
    const closing = Promise.all([store.close?.(), store.close?.()])
    await turn()
    expect(place.of('close')).toEqual([])
    await expect(store.getMany(['n0'], { signal })).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    barrier.open()
    await closing
    await writing
    expect([place.calls.at(-1), place.of('set').length, place.of('close').length]).toEqual(['close', 3, 1])
  })
})

import { EventEmitter } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { contextOf, madeStore, namesOf, openedStore, rejection, signalIn } from '../support/fixture.ts'

const turns = async () => {
  for (let turn = 0; turn < 20; turn += 1) await setImmediate()
}

/** An adapter over a database that has another encoding. */
class Encoded extends EventEmitter {
  readonly kept = new Map<string, string>()
  isStrict = true
  constructor(readonly code: string) {
    super()
  }
  async get(key: string): Promise<string | undefined> {
    this.#check(key)
    return this.kept.get(key)
  }
  async set(key: string, value: string): Promise<void> {
    this.kept.set(key, value)
  }
  async delete(key: string): Promise<boolean> {
    this.#check(key)
    return this.kept.delete(key)
  }
  keys = () => this.kept.keys()
  #check(key: string): void {
    if (this.isStrict && key.endsWith(':bad')) throw Object.assign(new Error('has no equivalent'), { code: this.code })
  }
}

describe.each(['22021', '22P05'])('an adapter whose database cannot convert a text (%s)', (code) => {
  const opened = async () => {
    const adapter = new Encoded(code)
    const store = await openedStore({ adapter })
    await store.setMany(
      new Map([
        ['bad', 1],
        ['good', 2],
      ]),
      signalIn(),
    )
    return { adapter, store }
  }

  test('fails to read that record alone, which does not count as absent', async () => {
    const { store } = await opened()
    const error = await rejection(store.getMany(['bad', 'good'], signalIn()))
    const { failed, values } = error as unknown as { failed: Map<string, Error>; values: Map<string, unknown> }
    expect([...failed.keys()]).toEqual(['bad'])
    expect(failed.get('bad')).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(failed.get('bad')?.message).toContain('has no equivalent')
    expect(values).toEqual(new Map([['good', 2]]))
  })

  test('fails to remove that record alone, which does not count as removed', async () => {
    const { adapter, store } = await opened()
    const error = await rejection(store.deleteMany(['bad', 'good'], signalIn()))
    const { failed } = error as unknown as { failed: Map<string, Error> }
    expect([...failed.keys()]).toEqual(['bad'])
    adapter.isStrict = false
    expect(await namesOf(store)).toEqual(['bad'])
  })
})

test('an open() that was given up leaves no listener and writes nothing once the adapter answers', async () => {
  let goOn: () => void = () => undefined
  const answered = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const changed: string[] = []
  const adapter = Object.assign(new EventEmitter(), {
    get: () => undefined,
    set: (key: string) => void changed.push(`set ${key}`),
    delete: (key: string) => void changed.push(`delete ${key}`),
    getMany: async (keys: string[]) => {
      await answered
      return keys.map(() => undefined)
    },
    deleteMany: async (keys: string[]) => void changed.push(...keys.map((key) => `delete ${key}`)),
    keys: () => [],
  })
  const store = madeStore({ adapter, timeoutMs: 50 })
  for (let attempt = 0; attempt < 3; attempt += 1) {
    expect(await rejection(store.open?.(contextOf()))).toMatchObject({ code: 'STORE_TIMEOUT' })
  }
  goOn()
  await turns()
  expect(adapter.listenerCount('error')).toBe(0)
  expect(changed).toEqual([])
})

test('an open() that was given up behind a slow write stores nothing once that write has ended', async () => {
  let goOn: () => void = () => undefined
  const answered = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const kept = new Map<string, string>()
  const changed: string[] = []
  const adapter = {
    get: (key: string) => kept.get(key),
    async set(key: string, value: string) {
      changed.push(key)
      if (value.includes('old')) await answered
      kept.set(key, value)
    },
    delete: (key: string) => kept.delete(key),
    keys: () => kept.keys(),
  }
  const store = await openedStore({ adapter, timeoutMs: 200 })
  expect(await rejection(store.setMany(new Map([['a', 'old']]), signalIn()))).toMatchObject({ code: 'STORE_TIMEOUT' })
  await store.close?.()
  expect(await rejection(store.open?.(contextOf()))).toMatchObject({ code: 'STORE_TIMEOUT' })
  changed.length = 0
  goOn()
  await turns()
  expect(changed).toEqual([])
})

describe('the iterator of an adapter is ended', () => {
  /** An adapter whose iterator holds a cursor of its database. */
  class Cursors extends Map<string, string> {
    opened = 0
    closed = 0
    failure: Error | undefined
    async *iterator(): AsyncGenerator<[string, string]> {
      this.opened += 1
      try {
        yield* this
      } finally {
        this.closed += 1
        await Promise.all(this.failure ? [Promise.reject(this.failure)] : [])
      }
    }
  }
  const listed = async () => {
    const adapter = new Cursors()
    const store = await openedStore({ adapter })
    await store.setMany(
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
      signalIn(),
    )
    const names = store.list(signalIn())[Symbol.asyncIterator]()
    expect((await names.next()).done).toBe(false)
    expect(adapter.opened).toBe(1)
    expect(adapter.closed).toBe(0)
    return { adapter, store, names }
  }

  test.each([undefined, new Error('the cursor is gone')])('when a listing is left early (%s)', async (failure) => {
    const { adapter, names } = await listed()
    adapter.failure = failure
    await names.return?.()
    await turns()
    expect(adapter.closed).toBe(1)
  })

  test('when the store is closed during a listing, which then fails', async () => {
    const { adapter, store, names } = await listed()
    await store.close?.()
    await turns()
    expect(adapter.closed).toBe(1)
    await expect(names.next()).rejects.toMatchObject({ code: 'STORE_CLOSED' })
  })

  test('when the connection is lost during a listing, which then fails', async () => {
    const { adapter, store, names } = await listed()
    // The witness of the store is gone, so the adapter may have lost all that it had.
    adapter.clear()
    expect(await rejection(store.getMany(['a'], signalIn()))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await turns()
    expect(adapter.closed).toBe(1)
    await expect(names.next()).rejects.toMatchObject({ code: 'STORE_CLOSED' })
  })

  test('without a wait for an iterator that never answers', async () => {
    const adapter = new Cursors()
    const store = await openedStore({ adapter })
    adapter.iterator = async function* () {
      await new Promise(() => undefined)
      yield ['', '']
    }
    const next = store.list(signalIn(20))[Symbol.asyncIterator]().next()
    expect(await rejection(next)).toMatchObject({ code: 'STORE_TIMEOUT' })
    await store.close?.()
  })
})

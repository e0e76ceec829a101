import { EventEmitter } from 'node:events'
import { KeyvEtcd } from '@keyv/etcd'
import { Keyv } from 'keyv'
import { describe, expect, test } from 'vitest'
import type { AdapterLike } from '../../src/index.ts'
import { contextOf, logged, madeStore, namesOf, openedStore, rejection, signalIn } from '../support/fixture.ts'
import { keyspace } from '../support/keyspace.ts'

const map = new Map<string, string>()

describe('a Map as adapter', () => keyspace(() => ({ adapter: map })))

const keyv = new Keyv()

describe('a Keyv of the caller', () => keyspace(() => ({ keyv })))

/**
 * An adapter that behaves like those of Keyv: during an outage it emits `error` and answers as if nothing were
 * stored.
 */
class Failing extends EventEmitter {
  readonly kept = new Map<string, string>()
  isDown = false
  async getMany(keys: string[]): Promise<Array<string | undefined>> {
    if (this.isDown) this.emit('error', new Error('connection refused'))
    return keys.map((key) => (this.isDown ? undefined : this.kept.get(key)))
  }
  async get(key: string): Promise<string | undefined> {
    return (await this.getMany([key]))[0]
  }
  async set(key: string, value: string): Promise<void> {
    if (this.isDown) this.emit('error', new Error('connection refused'))
    else this.kept.set(key, value)
  }
  async delete(key: string): Promise<boolean> {
    return this.kept.delete(key)
  }
  async *iterator(): AsyncGenerator<[string, string]> {
    if (this.isDown) this.emit('error', new Error('connection refused'))
    else yield* this.kept
  }
}

/** An adapter that says nothing about an outage: everything is absent, and each change is said to have been made. */
class Silent extends Map<string, string> {
  isDown = false
  override get(key: string): string | undefined {
    return this.isDown ? undefined : super.get(key)
  }
  override set(key: string, value: string): this {
    return this.isDown ? this : super.set(key, value)
  }
  override delete(key: string): boolean {
    return this.isDown ? false : super.delete(key)
  }
  override keys() {
    return this.isDown ? new Map<string, string>().keys() : super.keys()
  }
}

describe('an adapter that hides an outage', () => {
  test('is refused when its batches turn failures into absence, as @keyv/etcd does', async () => {
    // Its constructor sends a request, and nobody could handle its failure.
    const adapter: AdapterLike = Object.create(KeyvEtcd.prototype)
    const error = await rejection(madeStore({ adapter }).open?.(contextOf()))
    expect(error).toMatchObject({ code: 'STORE_MISCONFIGURED', retryable: false })
    expect(error.message).toContain('give a URI such as etcd://')
  })

  test.each(['getMany', 'deleteMany', 'setAside', 'list'] as const)(
    'and emits no error is lost at the next %s(), and nothing counts as absent',
    async (call) => {
      const adapter = new Silent()
      const store = await openedStore({ adapter })
      await store.setMany(new Map([['a', 1]]), signalIn())
      adapter.isDown = true
      const outcome =
        call === 'list'
          ? namesOf(store)
          : call === 'getMany'
            ? store.getMany(['a'], signalIn())
            : call === 'setAside'
              ? store.setAside?.(['a'], signalIn())
              : store.deleteMany(['a'], signalIn())
      expect(await rejection(outcome)).toMatchObject({ code: 'STORE_UNAVAILABLE' })
      adapter.isDown = false
      await store.close?.()
      await store.open?.(contextOf())
      expect(await store.getMany(['a'], signalIn())).toEqual(new Map([['a', 1]]))
    },
  )

  test('fails while it is down, and works again afterwards', async () => {
    const adapter = new Failing()
    const store = await openedStore({ adapter })
    await store.setMany(new Map([['a', 1]]), signalIn())
    adapter.isDown = true
    for (const call of [
      store.getMany(['a'], signalIn()),
      store.setMany(new Map([['a', 2]]), signalIn()),
      namesOf(store),
    ]) {
      expect(await rejection(call)).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    }
    adapter.isDown = false
    expect(await store.getMany(['a'], signalIn())).toEqual(new Map([['a', 1]]))
    await store.close?.()
    expect(adapter.listenerCount('error')).toBe(0)
  })

  test('while a record is set aside removes it only after its copy was found', async () => {
    const adapter = new Silent()
    const store = await openedStore({ adapter })
    await store.setMany(new Map([['a', 1]]), signalIn())
    const { set } = adapter
    adapter.set = function (this: Silent, key, value) {
      return key.includes('%aside') ? this : set.call(this, key, value)
    }
    expect(await rejection(store.setAside?.(['a'], signalIn()))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(await store.getMany(['a'], signalIn())).toEqual(new Map([['a', 1]]))
  })

  test('close() waits for a running write', async () => {
    const adapter = new Failing()
    const order: string[] = []
    const set = adapter.set.bind(adapter)
    adapter.set = async (key, value) => {
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
      await set(key, value)
    }
    const store = await openedStore({ adapter })
    const write = store.setMany(new Map([['a', 1]]), signalIn()).then(() => order.push('written'))
    await Promise.all([write, store.close?.().then(() => order.push('closed'))])
    expect(order).toEqual(['written', 'closed'])
  })

  test.each(['sessionkeep', 'others'])('an endless iterator without I/O is aborted (%s)', async (place) => {
    const adapter = new Failing()
    const store = await openedStore({ adapter, timeoutMs: 50 })
    await store.setMany(new Map([['a', 1]]), signalIn())
    const [own = ''] = adapter.kept.keys()
    let given = 0
    // The iterator has a very high limit instead of none, so that a failing test does not hang.
    adapter.iterator = async function* () {
      for (; given < 3_000_000; given += 1) yield [own.replace('sessionkeep', place), '1']
    }
    const called = store.list({ signal: AbortSignal.timeout(200) })[Symbol.asyncIterator]()
    const listing = (async () => {
      while (!(await called.next()).done);
    })()
    expect(await rejection(listing)).toMatchObject({ code: 'STORE_TIMEOUT' })
    await store.close?.()
    await new Promise((resolve) => setImmediate(resolve))
    const after = given
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(given).toBe(after)
    expect(given).toBeLessThan(3_000_000)
  })

  test('a name that its iterator repeats is listed once', async () => {
    const adapter = new Failing()
    const iterate = adapter.iterator.bind(adapter)
    adapter.iterator = async function* () {
      yield* iterate()
      yield* iterate()
    }
    const store = await openedStore({ adapter })
    await store.setMany(
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
      signalIn(),
    )
    expect(await namesOf(store)).toEqual(['a', 'b'])
  })

  test.each([
    ['a bigint', { value: 10n }],
    ['a circle', Object.assign([], { 0: globalThis })],
    ['a getter that throws', Object.defineProperty({}, 'value', { enumerable: true, get: () => JSON.parse('{') })],
  ])('a value with %s, which is no JSON, fails for its name alone, and the others are read', async (_, value) => {
    const adapter = new Map<string, unknown>()
    const store = await openedStore({ adapter, namespace: 'odd' })
    await store.setMany(new Map([['good', 1]]), signalIn())
    adapter.set('odd:-:bad', value)
    const error = await rejection(store.getMany(['bad', 'good'], signalIn()))
    const { failed, values } = error as unknown as { failed: Map<string, unknown>; values: Map<string, unknown> }
    expect([...failed.keys()]).toEqual(['bad'])
    expect(values).toEqual(new Map([['good', 1]]))
    await store.setAside?.(['bad'], signalIn())
    expect(await namesOf(store)).toEqual(['good'])
    expect([...adapter.values()].includes(value)).toBe(true)
  })

  test('a call of an adapter that never answers, or does not answer any more, ends in time', async () => {
    const opening = madeStore({ adapter: { ...hanging, keys: () => [] }, timeoutMs: 100 }).open?.(contextOf())
    expect(await rejection(opening)).toMatchObject({ code: 'STORE_TIMEOUT' })
    const adapter: AdapterLike = { ...hanging, keys: () => [], get: () => 'text', set: () => undefined }
    const store = await openedStore({ adapter, timeoutMs: 100 })
    Object.assign(adapter, hanging)
    expect(await rejection(store.getMany(['a'], signalIn()))).toMatchObject({ code: 'STORE_TIMEOUT' })
    expect(await rejection(store.setMany(new Map([['a', 1]]), signalIn(20)))).toMatchObject({ code: 'STORE_TIMEOUT' })
  })

  test('for an adapter on a Redis Cluster, a warning names the URI with a lease, and each connection has a client of its own', async () => {
    await openedStore({ adapter: new Failing() })
    expect(logged.join()).not.toContain('redis+cluster://')
    const calls: string[] = []
    const client = (name: string): object => ({
      duplicate: () => client('duplicate'),
      connect: async () => calls.push(`connect ${name}`),
      destroy: () => calls.push(`destroy ${name}`),
      on: () => undefined,
    })
    const given = client('given')
    const adapter = Object.assign(new Failing(), { isCluster: () => true, client: given })
    const store = await openedStore({ adapter })
    expect(logged.join()).toContain('redis+cluster://')
    await store.setMany(new Map([['a', 1]]), signalIn())
    adapter.isDown = true
    await expect(store.getMany(['a'], signalIn())).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    adapter.isDown = false
    await store.close?.()
    await store.open?.(contextOf())
    expect(await store.getMany(['a'], signalIn())).toEqual(new Map([['a', 1]]))
    expect(calls).toEqual(['connect duplicate', 'destroy duplicate', 'connect duplicate'])
    expect(adapter.client).toBe(given)
  })

  test('an adapter that cannot list is refused', async () => {
    const error = await rejection(madeStore({ adapter: hanging }).open?.(contextOf()))
    expect(error).toMatchObject({ code: 'STORE_MISCONFIGURED' })
  })
})

test.each([false, true])('open() touches no key of others (read-only: %s)', async (readOnly) => {
  const kept = new Map([['sessionkeep', 'the settings of another program']])
  const removed: string[] = []
  // As adapters of databases do, this removes several keys by one statement.
  const adapter = Object.assign(kept, {
    async deleteMany(keys: string[]) {
      removed.push(...keys)
      for (const key of keys) kept.delete(key)
    },
  })
  await openedStore({ adapter, namespace: 'gateway' }, { readOnly })
  expect(kept.get('sessionkeep')).toBe('the settings of another program')
  expect(removed.filter((key) => !key.startsWith('gateway'))).toEqual([])
  if (readOnly) expect([...removed, ...kept.keys()]).toEqual(['sessionkeep'])
})

const hanging: AdapterLike = {
  get: () => new Promise(() => undefined),
  set: () => new Promise(() => undefined),
  delete: () => new Promise(() => undefined),
}

describe('capabilities of an instance', () => {
  test('are the weakest unless the caller declares more', async () => {
    expect(madeStore({ adapter: map }).capabilities).toEqual({ durability: 'none', retains: true, shared: false })
    const told = madeStore({ adapter: map, durability: 'power', shared: true })
    expect(told.capabilities).toEqual({ durability: 'power', retains: true, shared: true })
    await told.open?.(contextOf())
    expect(told.capabilities.durability).toBe('power')
  })

  test('Keyv itself reads the records that the store wrote', async () => {
    const store = await openedStore({ keyv, namespace: 'gateway' }, { namespace: 'pool-a' })
    await store.setMany(new Map([['claude-demo', { totalRequests: 3 }]]), signalIn())
    expect(await keyv.get('gateway:pool-a:claude-demo')).toEqual({ totalRequests: 3 })
  })
})

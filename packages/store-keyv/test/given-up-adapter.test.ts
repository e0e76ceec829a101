import { EventEmitter } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { contextOf, madeStore, openedStore, rejection, signalIn } from './support/fixture.ts'

const turns = async () => {
  for (let turn = 0; turn < 20; turn += 1) await setImmediate()
}

/** An adapter over several connections: a slow write of the value "old" does not hold up the others. */
class Slow extends EventEmitter {
  readonly kept = new Map<string, string>()
  readonly written: string[] = []
  goOn: () => void = () => undefined
  readonly opened = new Promise<void>((resolve) => {
    this.goOn = resolve
  })
  get = (key: string) => this.kept.get(key)
  keys = () => this.kept.keys()
  async set(key: string, value: string): Promise<void> {
    if (value.includes('bad')) throw new Error('refused')
    if (value.includes('old')) await this.opened
    this.written.push(value)
    this.kept.set(key, value)
  }
  async delete(key: string): Promise<void> {
    this.written.push(`delete ${key}`)
    this.kept.delete(key)
  }
}

describe('a write of an adapter that was given up and still runs', () => {
  test.each(['by its caller', 'because of an error event', 'because another record of its batch failed'])(
    'ends before the next write begins, and does not undo it: %s',
    async (why) => {
      const adapter = new Slow()
      const store = await openedStore({ adapter })
      const caller = new AbortController()
      const old = new Map([
        ['a', 'old'],
        ['b', why.includes('batch') ? 'bad' : 'fine'],
      ])
      const first = rejection(store.setMany(old, why.includes('caller') ? { signal: caller.signal } : signalIn()))
      await turns()
      if (why.includes('caller')) caller.abort()
      if (why.includes('event')) adapter.emit('error', new Error('an idle connection broke'))
      const code = why.includes('caller') ? 'STORE_TIMEOUT' : 'STORE_UNAVAILABLE'
      if (!why.includes('batch')) expect(await first).toMatchObject({ code })
      const newer = store.setMany(new Map([['a', 'new']]), signalIn())
      await turns()
      adapter.goOn()
      await newer
      expect(await first).toMatchObject({ code })
      await turns()
      expect(await store.getMany(['a'], signalIn())).toEqual(new Map([['a', 'new']]))
    },
  )

  test('holds up only the calls that are still waited for: one that was given up is not carried out later', async () => {
    const adapter = new Slow()
    const store = await openedStore({ adapter })
    await store.setMany(new Map([['b', 'kept']]), signalIn())
    adapter.written.length = 0
    const slow = rejection(store.setMany(new Map([['a', 'old']]), signalIn(20)))
    expect(await slow).toMatchObject({ code: 'STORE_TIMEOUT' })
    for (const call of [
      store.setMany(new Map([['a', 'never']]), signalIn(20)),
      store.deleteMany(['b'], signalIn(20)),
      store.setAside?.(['b'], signalIn(20)),
    ]) {
      expect(await rejection(call)).toMatchObject({ code: 'STORE_TIMEOUT' })
    }
    const failed = rejection(store.setMany(new Map([['a', 'failed']]), signalIn()))
    await turns()
    adapter.emit('error', new Error('an idle connection broke'))
    expect(await failed).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    const last = store.setMany(new Map([['a', 'last']]), signalIn())
    adapter.goOn()
    await last
    expect(adapter.written).toEqual(['{"value":"old"}', '{"value":"last"}'])
    expect(await store.getMany(['b'], signalIn())).toEqual(new Map([['b', 'kept']]))
  })

  test('keeps the store from opening again until it has ended, and close() waits for it no longer than timeoutMs', async () => {
    const adapter = new Slow()
    const store = await openedStore({ adapter, timeoutMs: 300 })
    expect(await rejection(store.setMany(new Map([['a', 'old']]), signalIn()))).toMatchObject({ code: 'STORE_TIMEOUT' })
    await store.close?.()
    expect(adapter.listenerCount('error')).toBe(0)
    expect(await rejection(store.open?.(contextOf()))).toMatchObject({ code: 'STORE_TIMEOUT' })
    adapter.goOn()
    await store.open?.(contextOf())
    expect(await store.getMany(['a'], signalIn())).toEqual(new Map([['a', 'old']]))
  })

  test('holds up the writes of a later store over the same adapter, which then says what it waits for', async () => {
    const adapter = new Slow()
    const first = await openedStore({ adapter, timeoutMs: 300 })
    expect(await rejection(first.setMany(new Map([['a', 'old']]), signalIn()))).toMatchObject({ code: 'STORE_TIMEOUT' })
    await first.close?.()
    const store = madeStore({ adapter, timeoutMs: 300 })
    const error = await rejection(store.open?.(contextOf()))
    expect(error).toMatchObject({ code: 'STORE_TIMEOUT', retryable: true })
    expect(error.message).toContain('A change that was given up has not ended in the adapter')
    // The keys of other pools and namespaces do not wait.
    for (const context of [{ namespace: 'pool-b' }, { owner: 'gateway', namespace: 'pool-c' }]) {
      const other = await openedStore({ adapter }, context)
      await other.setMany(new Map([['a', 'fine']]), signalIn())
    }
    adapter.goOn()
    await store.open?.(contextOf())
    await store.setMany(new Map([['a', 'new']]), signalIn())
    await turns()
    expect(await store.getMany(['a'], signalIn())).toEqual(new Map([['a', 'new']]))
  })

  test('is not blamed for a call that is too slow by itself', async () => {
    const adapter = new Slow()
    const store = await openedStore({ adapter, timeoutMs: 300 })
    const error = await rejection(store.setMany(new Map([['a', 'old']]), signalIn()))
    expect(error.message).not.toContain('given up')
    const next = await rejection(store.setMany(new Map([['a', 'new']]), signalIn()))
    expect(next.message).toContain('A change that was given up has not ended in the adapter')
    adapter.goOn()
  })

  test('ends before the store is closed', async () => {
    const adapter = new Slow()
    const store = await openedStore({ adapter })
    await rejection(store.setMany(new Map([['a', 'old']]), signalIn(20)))
    const order: string[] = []
    const closing = store.close?.().then(() => order.push('closed'))
    await turns()
    order.push('going on')
    adapter.goOn()
    await closing
    expect(order).toEqual(['going on', 'closed'])
  })
})

test('a record whose copy could not be written stays where it is when it is set aside', async () => {
  const adapter = new Slow()
  const store = await openedStore({ adapter })
  await store.setMany(new Map([['a', 1]]), signalIn())
  const set = adapter.set.bind(adapter)
  adapter.set = async (key, value) => {
    if (key.includes('%aside')) adapter.emit('error', new Error('connection refused'))
    else await set(key, value)
  }
  expect(await rejection(store.setAside?.(['a'], signalIn()))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
  await turns()
  expect(await store.getMany(['a'], signalIn())).toEqual(new Map([['a', 1]]))
})

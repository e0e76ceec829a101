import { createKeyedQueue, createSerial } from '../base/queues.ts'
import type { MetadataStore, StoreCallOptions } from '../contracts/metadata-store.ts'
import { toStoreError } from '../replication/store-failure.ts'
import { eachName } from './each-name.ts'
import { createGate } from './gate.ts'
import type { KeyValueStoreOptions } from './key-value.ts'
import { floorOf } from './key-value-floor.ts'
import { type Records, recordsIn } from './key-value-records.ts'

// A signal with more than ten listeners makes Node warn of a leak, and every key may have one.
const AT_ONCE = 8

/**
 * A store over a place that keeps texts under keys: what the contract demands besides, once for every such place. Calls
 * are checked (open, read-only, names, signals), batches are done name by name and fail by name, namespaces are kept
 * apart, `close()` waits for what is under way, and `setAside()` moves the text as it is. Calls about one name go one
 * after the other, about different names side by side; a batch is not atomic.
 *
 * Keys are segments of `a-z`, `0-9`, `-`, `~` and `_`, of at most 160 characters, joined by `/`; no key is a folder of
 * another, so that each can be a file, and none differs from another by case alone. A key has up to three characters
 * for each byte of its name. Touches nothing before `open()`. Throws a `TypeError` for a wrong `concurrency`.
 */
export function keyValueStore({
  name,
  capabilities,
  connect,
  concurrency = AT_ONCE,
}: KeyValueStoreOptions): MetadataStore {
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new TypeError(`keyValueStore(): concurrency: expected a whole number from 1, not ${concurrency}`)
  }
  const gate = createGate(name)
  const inTurn = createSerial()
  const queue = createKeyedQueue()
  const underWay = new Set<Promise<unknown>>()
  let records: Records | undefined

  const reach = async <T>(verb: string, signal: AbortSignal | undefined, task: () => T): Promise<Awaited<T>> => {
    try {
      return await task()
    } catch (error) {
      signal?.throwIfAborted()
      throw toStoreError(error, name, verb)
    }
  }

  const call = <T>(signal: AbortSignal, enter: () => void, task: (place: Records) => Promise<T>): Promise<T> => {
    const running = (async () => {
      enter()
      const place = records as Records
      await reach('check', signal, () => place.check({ signal }))
      signal.throwIfAborted()
      return await task(place)
    })()
    underWay.add(running)
    const settled = () => underWay.delete(running)
    running.then(settled, settled)
    return running
  }

  /** Calls about one name never overlap: a place that writes in itself would mix two texts, or be read half written. */
  const each = (verb: string, names: Iterable<string>, signal: AbortSignal, task: (one: string) => Promise<unknown>) =>
    eachName(names, { signal, concurrency }, (one) =>
      queue.run(one, async () => {
        signal.throwIfAborted()
        return await reach(verb, signal, () => task(one))
      }),
    )

  const write = (
    verb: string,
    names: readonly string[],
    { signal }: StoreCallOptions,
    task: (place: Records, one: string) => Promise<void>,
  ): Promise<void> =>
    call(
      signal,
      () => gate.enterToWrite(names, { signal }),
      async (place) => void (await each(verb, names, signal, (one) => task(place, one))),
    )

  return {
    name,
    capabilities,
    open: (context) =>
      inTurn(async () => {
        context.signal.throwIfAborted()
        if (records) return
        const floor = floorOf(context.namespace)
        const place = recordsIn(await reach('connect', context.signal, () => connect(context)), floor)
        try {
          await reach('check', context.signal, () => place.check(context))
          context.signal.throwIfAborted()
        } catch (error) {
          await Promise.allSettled([place.close()])
          throw error
        }
        records = place
        await gate.open(context)
      }),
    getMany: (names, { signal }) =>
      call(
        signal,
        () => gate.enter(names, { signal }),
        (place) => each('get', names, signal, (one) => place.get(one, { signal })),
      ),
    setMany: (batch, options) =>
      write('set', [...batch.keys()], options, (place, one) => place.set(one, batch.get(one), options)),
    deleteMany: (names, options) => write('delete', names, options, (place, one) => place.delete(one, options)),
    setAside: (names, options) => write('setAside', names, options, (place, one) => place.setAside(one, options)),
    async *list({ signal }) {
      yield* await call(
        signal,
        () => gate.enter([], { signal }),
        (place) => reach('keys', signal, () => place.names({ signal })),
      )
    },
    close: () =>
      inTurn(async () => {
        await gate.close()
        const last = records
        records = undefined
        await Promise.allSettled([...underWay])
        if (last) await reach('close', undefined, last.close)
      }),
  }
}

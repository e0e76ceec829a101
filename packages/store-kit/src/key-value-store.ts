import { setImmediate } from 'node:timers/promises'
import {
  type MetadataStore,
  type StoreCallOptions,
  type StoreCapabilities,
  type StoreContext,
  toStoreError,
} from '@sessionkeep/contracts'
import { doEachAsync, rejectFailed } from './batch.ts'
import { createStore } from './create-store.ts'
import { throwIfAborted } from './errors.ts'
import { keySpaceOf } from './key-value-keys.ts'
import { createQueue } from './queue.ts'
import { recordFrom, recordText } from './record-text.ts'

/**
 * A connection to a place that keeps texts under keys. Each function may return its answer or a promise of it, and is
 * not called again for the same key before that promise has settled.
 *
 * A function fails by throwing or rejecting. A `StoreError` is passed on unchanged. Any other error becomes
 * `STORE_UNAVAILABLE`, whose message contains its message, so the message must not contain a secret. `signal` is
 * aborted when the caller no longer needs the answer; a function that can end early should do so then. A promise that
 * never settles blocks its key, and `close()`.
 */
export interface KeyValue {
  /** Reads the text under this key. Return undefined or null only if it is certain that there is none. */
  get(key: string, options: StoreCallOptions): TextOrNone | Promise<TextOrNone>
  /** Replaces the text under this key. Resolves when the write is as durable as `capabilities` state. */
  set(key: string, text: string, options: StoreCallOptions): unknown
  /** Removes the key, as durably as `set()` writes. Removing an absent key succeeds. */
  delete(key: string, options: StoreCallOptions): unknown
  /** Lists the keys that begin with `prefix`. Other keys and repeated ones are ignored. */
  keys(prefix: string, options: StoreCallOptions): Keys | Promise<Keys>
  /**
   * Awaited by `open()` and before each call. It should fail when the place cannot be reached although `get()` would
   * answer as if nothing were stored, as on a volume that is no longer mounted.
   *
   * @defaultValue nothing is checked
   */
  check?(options: StoreCallOptions): unknown
  /**
   * Closes the connection. Called once, when no other call is running; also after a first `check()` that failed.
   *
   * @defaultValue nothing is closed
   */
  close?(): unknown
}

/** The text under a key; null and undefined both mean that there is none. */
type TextOrNone = string | null | undefined
/** Keys, all at once or one after the other. */
type Keys = Iterable<string> | AsyncIterable<string>

/** Options of {@link keyValueStore}. */
export interface KeyValueStoreOptions {
  /** The name of the store, as messages and reports show it. */
  readonly name: string
  /** The capabilities of the place; see `StoreCapabilities`. `retains` is true. */
  readonly capabilities: StoreCapabilities
  /**
   * Opens the connection. It never runs twice at once. When it fails, nothing may stay open or locked. A place that
   * is not `shared` must be locked for `owner` here. With `readOnly`, nothing may be locked or changed.
   */
  connect(context: StoreContext): KeyValue | Promise<KeyValue>
  /**
   * The most keys of one call that are processed at once, from 1.
   *
   * @defaultValue `8`
   */
  readonly concurrency?: number | undefined
}

// Node warns of a leak when a signal has more than ten listeners, and every key may add one.
const DEFAULT_CONCURRENCY = 8

/** The number of keys read before timers and I/O may run. Otherwise no time-out could fire during an endless list. */
const YIELD_EVERY = 256

/**
 * Makes a store over a place that keeps texts under keys. It fulfils everything else that the contract demands: a
 * batch is processed name by name and fails by name, namespaces are separate, and `setAside()` moves the text
 * unchanged. Calls about one name run one after the other, and about different names at once; a batch is not atomic.
 *
 * Keys are segments of `a-z`, `0-9`, `-`, `~` and `_`, of at most 160 characters, joined by `/`. No key is a
 * directory of another, so that each can be a file, and no two keys differ by case alone. A key has up to three
 * characters for each byte of its name. The store touches nothing before `open()`.
 *
 * @throws `TypeError` for a wrong `concurrency`
 *
 * @example
 * const texts = new Map<string, string>()
 * const store = keyValueStore({
 *   name: 'map',
 *   capabilities: { durability: 'none', retains: true, shared: false },
 *   connect: () => ({
 *     get: (key) => texts.get(key),
 *     set: (key, text) => texts.set(key, text),
 *     delete: (key) => texts.delete(key),
 *     keys: () => texts.keys(),
 *   }),
 * })
 */
export function keyValueStore({
  name,
  capabilities,
  connect,
  concurrency = DEFAULT_CONCURRENCY,
}: KeyValueStoreOptions): MetadataStore {
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new TypeError(`keyValueStore(): concurrency: expected a whole number from 1, not ${concurrency}`)
  }
  // The queue outlives the connection: a call of an earlier connection that never settled still blocks its key.
  const inTurn = createQueue()

  const withCode = async <T>(verb: string, signal: AbortSignal | undefined, task: () => T): Promise<Awaited<T>> => {
    try {
      return await task()
    } catch (error) {
      if (signal) throwIfAborted(signal)
      throw toStoreError(error, name, verb)
    }
  }

  const openWith = async (context: StoreContext) => {
    const { key, asideKey, nameOf, prefix } = keySpaceOf(context.namespace)
    const place = await withCode('connect', context.signal, () => connect(context))
    const close = () => withCode('close', undefined, async () => void (await place.close?.()))
    const check = ({ signal }: StoreCallOptions) => withCode('check', signal, () => place.check?.({ signal }))
    try {
      await check(context)
    } catch (error) {
      await Promise.allSettled([close()])
      throw error
    }

    const each = async (
      verb: string,
      names: Iterable<string>,
      options: StoreCallOptions,
      task: (name: string) => Promise<void>,
      values?: ReadonlyMap<string, unknown>,
    ): Promise<void> => {
      const { signal } = options
      await check(options)
      throwIfAborted(signal)
      // Calls about one name must not overlap: a place that overwrites a text in place would mix two texts, or return
      // half of one.
      const { done, failed } = await doEachAsync(names, { signal, concurrency }, (one) =>
        inTurn(async () => {
          throwIfAborted(signal)
          return await withCode(verb, signal, () => task(one))
        }, one),
      )
      const [first] = failed.values()
      // When every name failed with a retryable error, the whole place cannot be reached.
      if (first && done.size === 0 && [...failed.values()].every(({ retryable }) => retryable)) throw first
      rejectFailed(failed, values)
    }

    return {
      async getMany(names: readonly string[], options: StoreCallOptions) {
        const found = new Map<string, unknown>()
        await each(
          'get',
          names,
          options,
          async (one) => {
            const text = await place.get(key(one), options)
            if (text !== undefined && text !== null) found.set(one, recordFrom(one, text))
          },
          found,
        )
        return found
      },
      async setMany(records: ReadonlyMap<string, unknown>, options: StoreCallOptions) {
        await each('set', records.keys(), options, async (one) => {
          await place.set(key(one), recordText(one, records.get(one)), options)
        })
      },
      async deleteMany(names: readonly string[], options: StoreCallOptions) {
        await each('delete', names, options, async (one) => void (await place.delete(key(one), options)))
      },
      async setAside(names: readonly string[], options: StoreCallOptions) {
        await each('setAside', names, options, async (one) => {
          const text = await place.get(key(one), options)
          if (text === undefined || text === null) return
          await place.set(asideKey(one), text, options)
          await place.delete(key(one), options)
        })
      },
      async list(options: StoreCallOptions) {
        await check(options)
        throwIfAborted(options.signal)
        // All names are read before the first is returned, so that a caller who reads slowly keeps no resource of the
        // place in use.
        return await withCode('keys', options.signal, async () => {
          const names = new Set<string>()
          let count = 0
          for await (const one of await place.keys(prefix, options)) {
            count += 1
            if (count % YIELD_EVERY === 0) await setImmediate()
            throwIfAborted(options.signal)
            const found = nameOf(one)
            if (found !== undefined) names.add(found)
          }
          return names
        })
      },
      close,
    }
  }

  return createStore({ name, capabilities, open: openWith })
}

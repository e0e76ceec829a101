import { setImmediate } from 'node:timers/promises'
import {
  type MetadataStore,
  type StoreCallOptions,
  type StoreCapabilities,
  type StoreContext,
  toStoreError,
} from '@sessionkeep/core/store'
import { doEachAsync, rejectFailed } from './batch.ts'
import { createStore } from './create-store.ts'
import { throwIfAborted } from './errors.ts'
import { keySpaceOf } from './key-value-keys.ts'
import { createQueue } from './queue.ts'
import { recordFrom, recordText } from './record-text.ts'

/**
 * A live connection to a place that keeps texts under keys. Each function may return its answer or a promise of it, and
 * is not called again for the same key before that promise has settled.
 *
 * A failure is thrown, or the promise rejects. A `StoreError` is passed on as it is; any other error becomes
 * `STORE_UNAVAILABLE` and its message part of that error's, so the message must not contain a secret. `signal` is
 * aborted when nobody waits for the answer any more; a function that can end early then does. A promise that never
 * settles blocks its key, and `close()`.
 */
export interface KeyValue {
  /** The text under this key. Undefined or null: it is proven that there is none. */
  get(key: string, options: StoreCallOptions): TextOrNone | Promise<TextOrNone>
  /** Replaces the text under this key. Resolves when the write is as durable as `capabilities` say. */
  set(key: string, text: string, options: StoreCallOptions): unknown
  /** Removes the key, as durably as it was written. Removing an absent key succeeds. */
  delete(key: string, options: StoreCallOptions): unknown
  /** The keys that begin with `prefix`. Other keys and repeated ones are ignored. */
  keys(prefix: string, options: StoreCallOptions): Keys | Promise<Keys>
  /**
   * Awaited by `open()` and before each call. Fails when the place is out of reach although `get()` would answer as if
   * nothing were stored, as on a volume that is no longer mounted.
   *
   * @defaultValue nothing is checked
   */
  check?(options: StoreCallOptions): unknown
  /**
   * Closes the connection. Called once, when no call is under way, also after a first `check()` that failed.
   *
   * @defaultValue nothing is closed
   */
  close?(): unknown
}

type TextOrNone = string | null | undefined
type Keys = Iterable<string> | AsyncIterable<string>

/** Options of {@link keyValueStore}. */
export interface KeyValueStoreOptions {
  /** What `store.name` will be. */
  readonly name: string
  /** What the place keeps; see `StoreCapabilities`. `retains` is true. */
  readonly capabilities: StoreCapabilities
  /**
   * Called by `open()`, never twice at once. When it fails, nothing may be held. A place that is not `shared` takes its
   * lock here, for `owner`; with `readOnly` it takes no lock, and changes nothing.
   */
  connect(context: StoreContext): KeyValue | Promise<KeyValue>
  /**
   * The most keys of one call that are under way at once, from 1.
   *
   * @defaultValue 8
   */
  readonly concurrency?: number | undefined
}

// A signal with more than ten listeners makes Node warn of a leak, and every key may add one.
const DEFAULT_CONCURRENCY = 8

/** So many keys are read before timers and I/O have their turn: otherwise no deadline could fire during an endless list. */
const KEYS_PER_TURN = 256

/**
 * A store over a place that keeps texts under keys. Everything else that the contract demands is done here: a batch is
 * done name by name and fails by name, namespaces are kept apart, and `setAside()` moves the text as it is. Calls about
 * one name run one after the other, and about different names side by side; a batch is not atomic.
 *
 * Keys are segments of `a-z`, `0-9`, `-`, `~` and `_`, of at most 160 characters, joined by `/`. No key is a directory
 * of another, so that each can be a file, and no two keys differ by case alone. A key has up to three characters for
 * each byte of its name. Touches nothing before `open()`.
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
  // It outlives a connection: a call of the last one that never settled still blocks its key.
  const inTurn = createQueue()

  const reach = async <T>(verb: string, signal: AbortSignal | undefined, task: () => T): Promise<Awaited<T>> => {
    try {
      return await task()
    } catch (error) {
      if (signal) throwIfAborted(signal)
      throw toStoreError(error, name, verb)
    }
  }

  const openWith = async (context: StoreContext) => {
    const { key, asideKey, nameOf, prefix } = keySpaceOf(context.namespace)
    const place = await reach('connect', context.signal, () => connect(context))
    const close = () => reach('close', undefined, async () => void (await place.close?.()))
    const check = ({ signal }: StoreCallOptions) => reach('check', signal, () => place.check?.({ signal }))
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
      // Calls about one name never overlap: a place that writes in place would mix two texts, or be read half written.
      const { done, failed } = await doEachAsync(names, { signal, concurrency }, (one) =>
        inTurn(async () => {
          throwIfAborted(signal)
          return await reach(verb, signal, () => task(one))
        }, one),
      )
      const [first] = failed.values()
      // When nothing was done and all of it may pass, the place is out of reach, whatever the names.
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
        // Read whole before the first name is given, so that a caller who reads slowly holds nothing of the place.
        return await reach('keys', options.signal, async () => {
          const names = new Set<string>()
          let count = 0
          for await (const one of await place.keys(prefix, options)) {
            count += 1
            if (count % KEYS_PER_TURN === 0) await setImmediate()
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

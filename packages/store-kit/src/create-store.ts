import {
  assertStoreName,
  isStoreError,
  type MetadataStore,
  type StoreCallOptions,
  type StoreCapabilities,
  type StoreContext,
  StoreError,
  toStoreError,
} from '@sessionkeep/core/store'
import { throwIfAborted } from './errors.ts'
import { createQueue } from './queue.ts'

/**
 * What a store can do while it is open. Each function has the duties that `MetadataStore` states for it, but for those
 * of {@link createStore}: it is called only while the store is open, with valid names and a signal that is not aborted
 * yet, and the writing ones only when the store was not opened read-only.
 */
export interface OpenStore {
  getMany(names: readonly string[], options: StoreCallOptions): Promise<Map<string, unknown>>
  setMany(records: ReadonlyMap<string, unknown>, options: StoreCallOptions): Promise<void>
  deleteMany(names: readonly string[], options: StoreCallOptions): Promise<void>
  setAside(names: readonly string[], options: StoreCallOptions): Promise<void>
  /** `close()` waits for this promise, and not until the caller has read all names. */
  list(options: StoreCallOptions): Promise<Iterable<string> | AsyncIterable<string>>
  /** Called once, when no call is under way. */
  close(): Promise<void>
}

/** What only the author of a store knows; {@link createStore} makes a store of it. */
export interface StoreDefinition {
  /** What `store.name` will be. */
  readonly name: string
  /** Read at each use, so that a getter may answer what the backend turned out to keep. */
  readonly capabilities: StoreCapabilities
  /** Called by `open()`, never twice at once. When it rejects, nothing may be held. */
  open(context: StoreContext): Promise<OpenStore>
  /**
   * Translates an error that is not a `StoreError` yet.
   *
   * @defaultValue `STORE_TIMEOUT` once the signal is aborted, else `STORE_UNAVAILABLE` with the message of the error
   */
  toError?(error: unknown, signal: AbortSignal | undefined): Error
}

/**
 * Makes a store of what only its author knows, and adds what every store has to do: opening and closing wait for each
 * other; calls are refused before `open()` and after `close()`, for invalid names, for aborted signals, and for writes
 * to a store that was opened read-only; `close()` waits for what is under way; errors get a code. Touches nothing
 * before `open()`.
 *
 * @throws Its methods reject with `STORE_CLOSED`, `STORE_TIMEOUT`, `STORE_INVALID_NAME`, `STORE_READ_ONLY`, and what
 * the definition throws.
 *
 * @example
 * const store = createStore({
 *   name: 'table',
 *   capabilities: { durability: 'power', retains: true, shared: true },
 *   open: async ({ namespace }) => openTable(namespace), // getMany, setMany, deleteMany, setAside, list, close
 * })
 */
export function createStore(definition: StoreDefinition): MetadataStore {
  const { name } = definition
  const inTurn = createQueue()
  const underWay = new Set<Promise<unknown>>()
  let open: { readonly store: OpenStore; readonly readOnly: boolean } | undefined

  const coded = async <T>(verb: string, signal: AbortSignal | undefined, task: () => Promise<T>): Promise<T> => {
    try {
      return await task()
    } catch (error) {
      if (isStoreError(error)) throw error
      if (definition.toError) throw definition.toError(error, signal)
      if (signal) throwIfAborted(signal)
      throw toStoreError(error, name, verb)
    }
  }

  const call = <T>(
    verb: 'getMany' | 'setMany' | 'deleteMany' | 'setAside' | 'list',
    names: Iterable<string>,
    { signal }: StoreCallOptions,
    task: (store: OpenStore) => Promise<T>,
  ): Promise<T> => {
    const running = coded(verb, signal, async () => {
      if (!open) throw new StoreError('STORE_CLOSED', `The ${name} store is not open; call open() first.`)
      throwIfAborted(signal)
      for (const one of names) assertStoreName(one)
      if (open.readOnly && verb !== 'getMany' && verb !== 'list') {
        throw new StoreError('STORE_READ_ONLY', `The ${name} store was opened read-only.`)
      }
      return await task(open.store)
    })
    underWay.add(running)
    const settled = () => underWay.delete(running)
    running.then(settled, settled)
    return running
  }

  return {
    name,
    get capabilities() {
      return definition.capabilities
    },
    open: (context) =>
      inTurn(() =>
        coded('open', context.signal, async () => {
          if (open) return
          throwIfAborted(context.signal)
          const store = await definition.open(context)
          if (context.signal.aborted) {
            await Promise.allSettled([store.close()])
            throwIfAborted(context.signal)
          }
          open = { store, readOnly: context.readOnly === true }
        }),
      ),
    getMany: (names, options) => call('getMany', names, options, (store) => store.getMany(names, options)),
    setMany: (records, options) => call('setMany', records.keys(), options, (store) => store.setMany(records, options)),
    deleteMany: (names, options) => call('deleteMany', names, options, (store) => store.deleteMany(names, options)),
    setAside: (names, options) => call('setAside', names, options, (store) => store.setAside(names, options)),
    async *list(options) {
      yield* await call('list', [], options, (store) => store.list(options))
    },
    close: () =>
      inTurn(async () => {
        const last = open
        open = undefined
        await Promise.allSettled([...underWay])
        if (last) await coded('close', undefined, () => last.store.close())
      }),
  }
}

import {
  assertStoreName,
  isStoreError,
  type MetadataStore,
  type StoreCallOptions,
  type StoreCapabilities,
  type StoreContext,
  StoreError,
  toStoreError,
} from '@sessionkeep/contracts'
import { throwIfAborted } from './errors.ts'
import { createQueue } from './queue.ts'

/**
 * The calls of a store that is open. Each has the duties that `MetadataStore` states for it, except those that {@link
 * createStore} takes over: a call is made only while the store is open, with valid names and a signal that is not
 * aborted yet, and a writing call only when the store was not opened read-only.
 */
export interface OpenStore {
  /** Reads the records of these names. */
  getMany(names: readonly string[], options: StoreCallOptions): Promise<Map<string, unknown>>
  /** Writes each record whole. */
  setMany(records: ReadonlyMap<string, unknown>, options: StoreCallOptions): Promise<void>
  /** Removes these records. */
  deleteMany(names: readonly string[], options: StoreCallOptions): Promise<void>
  /** Moves what is stored under these names out of the way. */
  setAside(names: readonly string[], options: StoreCallOptions): Promise<void>
  /** `close()` waits for this promise, but not until the caller has read all names. */
  list(options: StoreCallOptions): Promise<Iterable<string> | AsyncIterable<string>>
  /** Closes the store. Called once, when no other call is running. */
  close(): Promise<void>
}

/** The parts of a store that only its author can write; {@link createStore} adds the rest. */
export interface StoreDefinition {
  /** The name of the store, as messages and reports show it. */
  readonly name: string
  /** Read at each use, so that a getter may return what was found out about the backend after it was opened. */
  readonly capabilities: StoreCapabilities
  /** Opens the store. It never runs twice at once. When it rejects, nothing may stay open or locked. */
  open(context: StoreContext): Promise<OpenStore>
  /**
   * Converts an error that is not a `StoreError` yet.
   *
   * @defaultValue `STORE_TIMEOUT` once the signal is aborted, else `STORE_UNAVAILABLE` with the message of the error
   */
  toError?(error: unknown, signal: AbortSignal | undefined): Error
}

/**
 * Makes a store of a definition and adds what every store has to do: `open()` and `close()` wait for each other; a store that
 * is open for one pool is locked for another;
 * calls are refused before `open()` and after `close()`, for invalid names, for aborted signals, and for writes when
 * the store was opened read-only; `close()` waits for running calls; every error gets a code. The store touches nothing
 * before `open()`.
 *
 * @throws The methods of the store reject with `STORE_CLOSED`, `STORE_TIMEOUT`, `STORE_INVALID_NAME`,
 * `STORE_READ_ONLY`, and with the errors of the definition.
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
  const running = new Set<Promise<unknown>>()
  let open: { readonly store: OpenStore; readonly by: StoreContext } | undefined

  const withCode = (error: unknown, verb: string, signal: AbortSignal | undefined): unknown => {
    if (isStoreError(error)) return error
    if (definition.toError) return definition.toError(error, signal)
    if (signal) throwIfAborted(signal)
    return toStoreError(error, name, verb)
  }
  const coded = async <T>(verb: string, signal: AbortSignal | undefined, task: () => Promise<T>): Promise<T> => {
    try {
      return await task()
    } catch (error) {
      throw withCode(error, verb, signal)
    }
  }

  const call = <T>(
    verb: 'getMany' | 'setMany' | 'deleteMany' | 'setAside' | 'list',
    names: Iterable<string>,
    { signal }: StoreCallOptions,
    task: (store: OpenStore) => Promise<T>,
  ): Promise<T> => {
    const result = coded(verb, signal, async () => {
      if (!open) throw new StoreError('STORE_CLOSED', `The ${name} store is not open; call open() first.`)
      throwIfAborted(signal)
      for (const one of names) assertStoreName(one)
      if (open.by.readOnly && verb !== 'getMany' && verb !== 'list') {
        throw new StoreError('STORE_READ_ONLY', `The ${name} store was opened read-only.`)
      }
      return await task(open.store)
    })
    running.add(result)
    const settled = () => running.delete(result)
    result.then(settled, settled)
    return result
  }

  return {
    name,
    get capabilities() {
      return definition.capabilities
    },
    open: (context) =>
      inTurn(() =>
        coded('open', context.signal, async () => {
          if (open && isSameOpener(open.by, context)) return
          if (open) throw usedByAnother(name, open.by)
          throwIfAborted(context.signal)
          const store = await definition.open(context)
          if (context.signal.aborted) {
            await Promise.allSettled([store.close()])
            throwIfAborted(context.signal)
          }
          open = { store, by: context }
        }),
      ),
    getMany: (names, options) => call('getMany', names, options, (store) => store.getMany(names, options)),
    // A store may read the records of a batch after others, and the caller may change the batch meanwhile.
    setMany(records, options) {
      const batch = new Map(records)
      return call('setMany', batch.keys(), options, (store) => store.setMany(batch, options))
    },
    deleteMany(given, options) {
      const names = [...given]
      return call('deleteMany', names, options, (store) => store.deleteMany(names, options))
    },
    setAside: (names, options) => call('setAside', names, options, (store) => store.setAside(names, options)),
    async *list(options) {
      const names = await call('list', [], options, (store) => store.list(options))
      try {
        yield* names
      } catch (error) {
        throw withCode(error, 'list', options.signal)
      }
    },
    close: () =>
      inTurn(async () => {
        const last = open
        open = undefined
        await Promise.allSettled([...running])
        if (last) await coded('close', undefined, () => last.store.close())
      }),
  }
}

/** Whether the store was opened by the same pool. A pool has another `onLost` each time, and closes a store before it opens it again. */
function isSameOpener(one: StoreContext, other: StoreContext): boolean {
  return one.namespace === other.namespace && one.owner === other.owner && one.onLost === other.onLost
}

function usedByAnother(name: string, { owner }: StoreContext): StoreError {
  const whom = owner === undefined ? '' : `, for ${JSON.stringify(owner)}`
  return new StoreError(
    'STORE_LOCKED',
    `This ${name} store object is in use by another pool of this process${whom}; it is free when that pool stops. Make a store for each pool.`,
    { context: { owner, pid: process.pid } },
  )
}

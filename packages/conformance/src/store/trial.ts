import type { MetadataStore } from '@sessionkeep/core'
import type { StoreCapabilities, StoreContext } from '@sessionkeep/core/store'
import { settle } from '../frame/check.ts'
import { within } from '../frame/deadline.ts'
import type { Place } from '../frame/place.ts'
import { createRestores } from '../frame/restores.ts'
import type { Restore, StoreCauses, StoreSuiteOptions } from './options.ts'
import { type StoreProcess, startStoreProcess } from './processes/store-process.ts'

/** What a clause about stores is given; everything that it makes is closed after it. */
export interface StoreTrial {
  readonly place: Place
  readonly capabilities: StoreCapabilities
  /** Those of the names under which a record can be: all, but where a record needs a live session. */
  usable(names: readonly string[]): string[]
  /** A store of this place, open; nobody makes sessions for what is written to it. */
  openBare(): Promise<MetadataStore>
  /** A store of this place, not open. */
  create(): Promise<MetadataStore>
  /** A store of this place, open. */
  open(context?: Partial<StoreContext>): Promise<MetadataStore>
  /** For a store that is closed, one that must still have what it acknowledged: a new one, or itself if it is all in memory; open. */
  next(store: MetadataStore, context?: Partial<StoreContext>): Promise<MetadataStore>
  /** Closes it, and answers the next. */
  reopen(store: MetadataStore, context?: Partial<StoreContext>): Promise<MetadataStore>
  /** Causes it; restored at the latest after the clause. */
  cause(what: 'outage' | 'hang'): Promise<Restore>
  spoil(name: string): Promise<void>
  /** A process with a store of this place. */
  process(): StoreProcess
}

const ignore = () => undefined
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }

export function contextOf(context: Partial<StoreContext> = {}): StoreContext {
  return { signal: new AbortController().signal, logger: silent, ...context }
}

const END_MS = 5000

export function beginStoreTrial(options: StoreSuiteOptions, place: Place): { trial: StoreTrial; end(): Promise<void> } {
  const { capabilities, cause = {} } = options
  const stores: MetadataStore[] = []
  const processes: StoreProcess[] = []
  const restores = createRestores()

  const prepare = (names: Iterable<string>) => options.prepare?.(place, [...names])
  const createBare = async () => {
    const store = await options.create(place)
    stores.push(store)
    return store
  }
  const create = async () => (options.prepare ? prepared(await createBare(), prepare) : createBare())
  const opened = async (store: MetadataStore, context?: Partial<StoreContext>) => {
    await store.open?.(contextOf(context))
    return store
  }
  const next: StoreTrial['next'] = async (store, context) =>
    opened(capabilities.durability === 'none' ? store : await create(), context)
  const trial: StoreTrial = {
    place,
    capabilities,
    usable: (names) => [...(options.prepare?.(place, names) ?? names)],
    openBare: async () => opened(await createBare()),
    create,
    open: async (context) => opened(await create(), context),
    next,
    async reopen(store, context) {
      await store.close?.()
      return await next(store, context)
    },
    cause: async (what) => restores.add(await given(cause, what)(place)),
    spoil: async (name) => given(cause, 'unreadable')(place, name),
    process() {
      if (options.process === undefined) throw new TypeError('No module was given to run in a process.')
      const started = startStoreProcess(options.process, place)
      processes.push(started)
      const set: StoreProcess['set'] = (records) => {
        prepare(Object.keys(records))
        return started.set(records)
      }
      return { ...started, set }
    },
  }
  return {
    trial,
    async end() {
      await restores.all()
      await Promise.all(processes.map((started) => started.kill()))
      // Many are closed already. Whether close() may reject is for the clauses to say; that it settles is said here.
      await Promise.all(
        stores.map((store) =>
          within(
            END_MS,
            'close()',
            settle(() => store.close?.()),
          ),
        ),
      )
    },
  }
}

/** The store, but that sessions are made for the names before it is asked to write; in the same turn, as if it had been asked at once. */
function prepared(store: MetadataStore, prepare: (names: Iterable<string>) => unknown): MetadataStore {
  const setMany: MetadataStore['setMany'] = (records, callOptions) => {
    prepare(records.keys())
    return store.setMany(records, callOptions)
  }
  return new Proxy(store, {
    get(_, key) {
      if (key === 'setMany') return setMany
      const found: unknown = Reflect.get(store, key, store)
      return typeof found === 'function' ? found.bind(store) : found
    },
  })
}

function given<K extends keyof StoreCauses>(cause: StoreCauses, key: K): NonNullable<StoreCauses[K]> {
  const found = cause[key]
  if (!found) throw new TypeError(`cause.${key} was not given.`)
  return found
}

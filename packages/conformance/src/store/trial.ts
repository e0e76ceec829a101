import type { MetadataStore, StoreCapabilities, StoreContext } from '@sessionkeep/contracts'
import { codeOf, settle } from '../frame/check.ts'
import type { Place } from '../frame/place.ts'
import { createRestores } from '../frame/restores.ts'
import { withTimeout } from '../frame/timeouts.ts'
import type { Restore, StoreCauses, StoreSuiteOptions } from './options.ts'
import { type StoreProcess, startStoreProcess } from './processes/store-process.ts'

/** The functions that a clause about stores gets. Every store that it makes is closed after the clause. */
export interface StoreTrial {
  readonly place: Place
  readonly capabilities: StoreCapabilities
  /** The names that can have a record: all of them, unless a record needs a live session. */
  usable(names: readonly string[]): string[]
  /** Opens a store of this place. No sessions are started for the records that are written to it. */
  openBare(): Promise<MetadataStore>
  /** Makes a store of this place that is not open. */
  create(): Promise<MetadataStore>
  /** Opens a store of this place. */
  open(context?: Partial<StoreContext>): Promise<MetadataStore>
  /**
   * Opens a store that must have the acknowledged records of a closed store. It is a new store, or the closed store
   * itself if that has no durability.
   */
  next(store: MetadataStore, context?: Partial<StoreContext>): Promise<MetadataStore>
  /** Closes a store, and opens the next one, as `next()` does. */
  reopen(store: MetadataStore, context?: Partial<StoreContext>): Promise<MetadataStore>
  /** Causes a failure, which ends after the clause at the latest. */
  cause(what: 'outage' | 'hang'): Promise<Restore>
  /** Makes the record of this name unreadable. */
  spoil(name: string): Promise<void>
  /** Starts a process with a store of this place. */
  process(): StoreProcess
}

const ignore = () => undefined
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }

export function contextOf(context: Partial<StoreContext> = {}): StoreContext {
  return { signal: new AbortController().signal, logger: silent, ...context }
}

/**
 * Opens a store read-only beside an open one. Returns false if the store refuses with `STORE_LOCKED`, as it may if its
 * backend can be open only once at a time. A shared store must not refuse.
 */
export async function opensReadOnly(store: MetadataStore, { shared }: StoreCapabilities): Promise<boolean> {
  const outcome = await settle(() => store.open?.(contextOf({ readOnly: true })))
  if (!('error' in outcome)) return true
  if (!shared && codeOf(outcome.error) === 'STORE_LOCKED') return false
  throw outcome.error
}

/** Begins a clause. `end()` closes its stores, each within `endMs`. */
export function beginStoreTrial(
  options: StoreSuiteOptions,
  place: Place,
  endMs: number,
): { trial: StoreTrial; end(): Promise<void> } {
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
  const openIt = async (store: MetadataStore, context?: Partial<StoreContext>) => {
    await store.open?.(contextOf(context))
    return store
  }
  const next: StoreTrial['next'] = async (store, context) =>
    openIt(capabilities.durability === 'none' ? store : await create(), context)
  const trial: StoreTrial = {
    place,
    capabilities,
    usable: (names) => [...(options.prepare?.(place, names) ?? names)],
    openBare: async () => openIt(await createBare()),
    create,
    open: async (context) => openIt(await create(), context),
    next,
    async reopen(store, context) {
      await store.close?.()
      return await next(store, context)
    },
    cause: async (what) => restores.add(await given(cause, what)(place)),
    spoil: async (name) => given(cause, 'unreadable')(place, name),
    process() {
      if (options.process === undefined) throw new TypeError('The option process is missing.')
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
      // Many stores are closed already. Other clauses test whether close() rejects; here it only has to settle.
      await Promise.all(
        stores.map((store) =>
          withTimeout(
            endMs,
            'close()',
            settle(() => store.close?.()),
          ),
        ),
      )
    },
  }
}

/** Returns the store with a setMany() that first starts sessions for the names, in the same turn of the event loop. */
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
  if (!found) throw new TypeError(`The option cause.${key} is missing.`)
  return found
}

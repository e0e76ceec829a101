import { type Clock, systemClock } from '../base/clock.ts'
import { traced } from '../base/diagnostics.ts'
import { withTimeout } from '../base/timeout.ts'
import { createYielding } from '../base/yield-to-event-loop.ts'
import type { MetadataStore, StoreContext } from '../contracts/metadata-store.ts'
import { codeOf } from '../errors/code-of.ts'
import { StoreError, toStoreError } from '../errors/store-error.ts'
import { listAtMost, listNames } from './list-names.ts'
import { failedOf } from './store-failure.ts'

/** The most names in one call. */
export const BATCH_SIZE = 500

/** The result of a read, name by name. */
export interface ReadAnswer {
  /** The stored value of each name that has one. */
  readonly found: Map<string, unknown>
  /** The error of each name that could not be read. */
  readonly failed: ReadonlyMap<string, StoreError>
}

type Failures = ReadonlyMap<string, StoreError>
const NO_FAILURES: Failures = new Map()

/**
 * Wraps the methods of a store: each has a time-out, rejects with a `StoreError` only, and returns the errors of single names
 * apart. While a writing call that timed out is still running, `unconfirmed()` fulfils when it has ended; no other writing
 * call may be sent until then. `as` is how diagnostics name the pool and the store.
 */
export function createStoreCalls(
  store: MetadataStore,
  timeoutMs: number,
  clock: Clock = systemClock,
  as = { pool: '', store: store.name },
) {
  let unconfirmed: Promise<void> | undefined
  let opening: Promise<void> = Promise.resolve()
  let isOpening = false
  /** The most names that are read in one call. */
  let mostRead = BATCH_SIZE
  let closing: Promise<void> | undefined

  const observed = <T>(operation: string, records: number | undefined, run: () => Promise<T>): Promise<T> =>
    traced('store', () => ({ ...as, operation, ...(records === undefined ? {} : { records }) }), run)

  const call = <T>(
    verb: string,
    run: (signal: AbortSignal) => T | Promise<T>,
    { writes = false, records }: { readonly writes?: boolean; readonly records?: number } = {},
  ): Promise<T> => {
    const onTimeout = (error: StoreError, settled: Promise<void>): never => {
      if (writes) {
        const mine = settled.then(() => {
          if (unconfirmed === mine) unconfirmed = undefined
        })
        unconfirmed = mine
      }
      throw error
    }
    const what = `${verb}() of store ${store.name}`
    return observed(verb, records, () =>
      withTimeout(timeoutMs, undefined, run, { what, clock, onTimeout }).catch((error: unknown) => {
        throw toStoreError(error, store.name, verb)
      }),
    )
  }

  const write = async (
    verb: string,
    names: ReadonlySet<string>,
    run: (signal: AbortSignal) => Promise<void>,
  ): Promise<Failures> => {
    try {
      await call(verb, run, { writes: true, records: names.size })
      return NO_FAILURES
    } catch (error) {
      return failedOf(error, names, store.name, verb)
    }
  }

  return {
    open: (context: Omit<StoreContext, 'signal'>): Promise<void> =>
      call(
        'open',
        (signal) => {
          const running = (async () => store.open?.({ ...context, signal }))()
          isOpening = true
          opening = Promise.allSettled([running]).then(() => {
            isOpening = false
          })
          return running
        },
        { writes: true },
      ),

    /** Closes the store. After that no call is unconfirmed, since a closed store has no call under way. */
    async close(): Promise<void> {
      // The store must not get two calls of `close()` at a time, nor one before a call of `open()` that timed out has ended.
      closing ??= opening
        .then(() => store.close?.())
        .finally(() => {
          closing = undefined
        })
      const running = closing
      // While the store is still opening, the error must name `open()`, since that is the call that hangs.
      await call(isOpening ? 'open' : 'close', () => running, { writes: true })
      unconfirmed = undefined
    },

    /** Reads these names. Rejects with the reason of `signal` between two batches once that is aborted. */
    async read(names: readonly string[], signal?: AbortSignal): Promise<ReadAnswer> {
      const found = new Map<string, unknown>()
      const failed = new Map<string, StoreError>()
      const yieldToEventLoop = createYielding(1)
      for (let at = 0; at < names.length; ) {
        // A store in memory answers at once, so that all batches would run in one turn.
        if (at > 0) await yieldToEventLoop()
        signal?.throwIfAborted()
        const batch = names.slice(at, at + mostRead)
        at += batch.length
        const began = clock.now()
        try {
          const answer = await call('getMany', (signal) => store.getMany(batch, { signal }), { records: batch.length })
          for (const [name, raw] of mapFrom(answer, store.name)) found.set(name, raw)
          // A call for twice as many names has to stay far below the time-out. Otherwise every second call would fail.
          if ((clock.now() - began) * 4 < timeoutMs) mostRead = Math.min(BATCH_SIZE, mostRead * 2)
        } catch (error) {
          // If the records are too large to be sent within one call, another call for as many would fail again.
          if (codeOf(error) === 'STORE_TIMEOUT') mostRead = Math.max(1, Math.floor(batch.length / 2))
          for (const [name, cause] of failedOf(error, batch, store.name, 'getMany')) failed.set(name, cause)
          for (const [name, raw] of (error as { values?: ReadonlyMap<string, unknown> }).values ?? [])
            found.set(name, raw)
        }
      }
      return { found, failed }
    },

    list: (): Promise<string[]> =>
      observed('list', undefined, () =>
        listNames(store, timeoutMs, clock).catch((error: unknown) => {
          throw toStoreError(error, store.name, 'list')
        }),
      ),
    /** Lists the names; undefined if there are more than `most`. */
    listAtMost: (most: number): Promise<string[] | undefined> =>
      observed('list', undefined, () =>
        listAtMost(store, most, { timeoutMs, clock }).catch((error: unknown) => {
          throw toStoreError(error, store.name, 'list')
        }),
      ),

    set: (records: ReadonlyMap<string, unknown>) =>
      write('setMany', new Set(records.keys()), (signal) => store.setMany(records, { signal })),
    delete: (names: readonly string[]) =>
      write('deleteMany', new Set(names), (signal) => store.deleteMany(names, { signal })),
    setAside: (names: readonly string[]) =>
      write('setAside', new Set(names), async (signal) => store.setAside?.(names, { signal })),
    /** Fulfils when the writing call that timed out has ended; undefined if there is none. */
    unconfirmed: (): Promise<void> | undefined => unconfirmed,
  }
}

function mapFrom(answer: unknown, store: string): ReadonlyMap<string, unknown> {
  if (Object.prototype.toString.call(answer) === '[object Map]') return answer as ReadonlyMap<string, unknown>
  throw new StoreError('STORE_UNAVAILABLE', `getMany() of store ${store} returned no Map; it must.`)
}

export type StoreCalls = ReturnType<typeof createStoreCalls>

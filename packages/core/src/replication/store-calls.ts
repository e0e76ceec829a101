import { type Clock, systemClock } from '../base/clock.ts'
import { withTimeout } from '../base/timeout.ts'
import type { MetadataStore, StoreContext } from '../contracts/metadata-store.ts'
import { StoreError } from '../errors/store-error.ts'
import { listNames } from './list-names.ts'
import { failedOf, toStoreError } from './store-failure.ts'

/** The most names that one call carries. */
export const BATCH_SIZE = 500

/** What a batch answered, name by name. */
export interface ReadAnswer {
  readonly found: Map<string, unknown>
  readonly failed: ReadonlyMap<string, StoreError>
}

type Failures = ReadonlyMap<string, StoreError>
const NO_FAILURES: Failures = new Map()

/**
 * A store's methods with a timeout on each, errors always `StoreError`s, and part failures told apart from whole ones.
 * While a writing call that took too long is still running, `unconfirmed()` is its end; no other may be sent.
 */
export function createStoreCalls(store: MetadataStore, timeoutMs: number, clock: Clock = systemClock) {
  let unconfirmed: Promise<void> | undefined
  let opening: Promise<void> = Promise.resolve()
  let isOpening = false
  let closing: Promise<void> | undefined

  const call = <T>(verb: string, run: (signal: AbortSignal) => T | Promise<T>, writes = false): Promise<T> => {
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
    return withTimeout(timeoutMs, undefined, run, { what, clock, onTimeout }).catch((error: unknown) => {
      throw toStoreError(error, store.name, verb)
    })
  }

  const write = async (verb: string, run: (signal: AbortSignal) => Promise<void>): Promise<Failures> => {
    try {
      await call(verb, run, true)
      return NO_FAILURES
    } catch (error) {
      return failedOf(error)
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
        true,
      ),

    /** Also settles what is unconfirmed: a store that has closed has nothing under way. */
    async close(): Promise<void> {
      // Not begun a second time while the first is under way, nor before an opening that was given up has ended.
      closing ??= opening
        .then(() => store.close?.())
        .finally(() => {
          closing = undefined
        })
      const running = closing
      // Where it is still opening, that is what hangs.
      await call(isOpening ? 'open' : 'close', () => running, true)
      unconfirmed = undefined
    },

    async read(names: readonly string[]): Promise<ReadAnswer> {
      const found = new Map<string, unknown>()
      const failed = new Map<string, StoreError>()
      for (let at = 0; at < names.length; at += BATCH_SIZE) {
        const batch = names.slice(at, at + BATCH_SIZE)
        try {
          const answer = await call('getMany', (signal) => store.getMany(batch, { signal }))
          for (const [name, raw] of mapFrom(answer, store.name)) found.set(name, raw)
        } catch (error) {
          for (const [name, cause] of failedOf(error)) failed.set(name, cause)
          for (const [name, raw] of (error as { values?: ReadonlyMap<string, unknown> }).values ?? [])
            found.set(name, raw)
        }
      }
      return { found, failed }
    },

    list: (): Promise<string[]> =>
      listNames(store, timeoutMs, clock).catch((error: unknown) => {
        throw toStoreError(error, store.name, 'list')
      }),

    set: (records: ReadonlyMap<string, unknown>) => write('setMany', (signal) => store.setMany(records, { signal })),
    delete: (names: readonly string[]) => write('deleteMany', (signal) => store.deleteMany(names, { signal })),
    setAside: (names: readonly string[]) => write('setAside', async (signal) => store.setAside?.(names, { signal })),
    unconfirmed: (): Promise<void> | undefined => unconfirmed,
  }
}

function mapFrom(answer: unknown, store: string): ReadonlyMap<string, unknown> {
  if (Object.prototype.toString.call(answer) === '[object Map]') return answer as ReadonlyMap<string, unknown>
  throw new StoreError('STORE_UNAVAILABLE', `getMany() of store ${store} gave no Map; it has to.`)
}

export type StoreCalls = ReturnType<typeof createStoreCalls>

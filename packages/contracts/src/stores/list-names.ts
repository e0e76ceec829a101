import { type Clock, systemClock } from '../base/clock.ts'
import { withTimeout } from '../base/timeout.ts'
import { createYielding } from '../base/yield-to-event-loop.ts'
import type { MetadataStore } from '../contracts/metadata-store.ts'
import { StoreError } from '../errors/store-error.ts'
import { isListedName } from './store-name.ts'

/** No pool has this many records, so a longer list is taken for endless. */
const MAX_NAMES = 1_000_000
const MOST_AT_ONCE = 256
const AT_ONCE_MS = 1

/**
 * Lists the names in a store, each once. What no store can have as a name is left out, so that one such row of a faulty store does
 * not take every other record with it. When it rejects, the signal that the store was given is aborted.
 *
 * @param timeoutMs - The time-out of each step, and the longest time without a new name, ms.
 * @throws {@link StoreError} `STORE_TIMEOUT` if the list is late or endless, `STORE_UNAVAILABLE` if it is no async iterable;
 * else the error of the store.
 */
export async function listNames(
  store: MetadataStore,
  timeoutMs: number,
  clock: Clock = systemClock,
  max = MAX_NAMES,
): Promise<string[]> {
  const names = await listAtMost(store, Number.POSITIVE_INFINITY, { timeoutMs, clock, max })
  return names ?? []
}

/** The limits of a listing; see {@link listNames}. */
interface ListLimits {
  readonly timeoutMs: number
  readonly clock: Clock
  readonly max?: number
}

/**
 * Lists the names in a store like {@link listNames}; undefined as soon as there are more than `most`, so that the cost has a
 * limit, however large the store is.
 */
export async function listAtMost(
  store: MetadataStore,
  most: number,
  { timeoutMs, clock, max = MAX_NAMES }: ListLimits,
): Promise<string[] | undefined> {
  const what = `list() of store ${store.name}`
  const abort = new AbortController()
  const yieldToEventLoop = createYielding()
  const names = new Set<string>()
  let iterator: AsyncIterator<string> | undefined
  try {
    const listing = await withTimeout(timeoutMs, undefined, () => iteratorOf(store, abort.signal), { what, clock })
    iterator = listing
    let lastNew = clock.now()
    for (;;) {
      const { taken, isOver } = await withTimeout(timeoutMs, undefined, (signal) => takeSome(listing, signal, clock), {
        ...{ what, clock },
      })
      const now = clock.now()
      for (const name of taken) {
        const pause = yieldToEventLoop()
        if (pause) await pause
        if (!isListedName(name)) continue
        if (!names.has(name)) lastNew = now
        names.add(name)
        if (names.size > max) throw endless(what, `more than ${max} names`)
      }
      if (names.size > most) {
        end(iterator).catch(() => undefined)
        return undefined
      }
      if (isOver) return [...names]
      if (now - lastNew > timeoutMs) throw endless(what, `nothing new within ${timeoutMs} ms`)
    }
  } catch (error) {
    abort.abort(error)
    // Not awaited, since an iterator that hangs would block the caller.
    end(iterator).catch(() => undefined)
    throw error
  }
}

/** Takes names for about a millisecond, or until it has 256, so that not each of them needs a time-out of its own. */
async function takeSome(listing: AsyncIterator<string>, signal: AbortSignal, clock: Clock) {
  const taken: string[] = []
  const began = clock.now()
  do {
    const { done, value } = await listing.next()
    if (done) return { taken, isOver: true }
    taken.push(value)
  } while (!signal.aborted && taken.length < MOST_AT_ONCE && clock.now() - began < AT_ONCE_MS)
  return { taken, isOver: false }
}

function iteratorOf(store: MetadataStore, signal: AbortSignal): AsyncIterator<string> {
  const listing = store.list({ signal }) as AsyncIterable<string> | undefined
  const iterator = listing?.[Symbol.asyncIterator]?.()
  if (iterator) return iterator
  throw new StoreError('STORE_UNAVAILABLE', `list() of store ${store.name} returned no async iterable; it must.`)
}

async function end(iterator: AsyncIterator<string> | undefined): Promise<void> {
  await iterator?.return?.()
}

function endless(what: string, how: string): StoreError {
  return new StoreError('STORE_TIMEOUT', `${what} does not end: ${how}.`)
}

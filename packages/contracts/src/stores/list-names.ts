import { type Clock, systemClock } from '../base/clock.ts'
import { withTimeout } from '../base/timeout.ts'
import { createYielding } from '../base/yield-to-event-loop.ts'
import type { MetadataStore } from '../contracts/metadata-store.ts'
import { StoreError } from '../errors/store-error.ts'

/** No pool has this many records, so a longer list is taken for endless. */
const MAX_NAMES = 1_000_000

/**
 * Lists the names in a store, each once. When it rejects, the signal that the store was given is aborted.
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
      const { done, value } = await withTimeout(timeoutMs, undefined, () => listing.next(), { what, clock })
      if (done) return [...names]
      await yieldToEventLoop()
      const now = clock.now()
      if (!names.has(value)) lastNew = now
      names.add(value)
      if (now - lastNew > timeoutMs) throw endless(what, `nothing new within ${timeoutMs} ms`)
      if (names.size > max) throw endless(what, `more than ${max} names`)
    }
  } catch (error) {
    abort.abort(error)
    // Not awaited, since an iterator that hangs would block the caller.
    end(iterator).catch(() => undefined)
    throw error
  }
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

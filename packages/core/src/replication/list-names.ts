import { type Clock, systemClock } from '../base/clock.ts'
import { withTimeout } from '../base/timeout.ts'
import { createBreather } from '../base/yield-to-event-loop.ts'
import type { MetadataStore } from '../contracts/metadata-store.ts'
import { StoreError } from '../errors/store-error.ts'

/** No pool has so many records: a list that is longer has no end. */
const MOST = 1_000_000

/**
 * Every name that a store lists, once. `timeoutMs` is what each step may take, and how long a list may go on without a
 * name that is new. Rejects with a `StoreError` for a list that is late or has no end, else as the store does; the signal
 * that the store was given is aborted then.
 */
export async function listNames(
  store: MetadataStore,
  timeoutMs: number,
  clock: Clock = systemClock,
  most = MOST,
): Promise<string[]> {
  const what = `list() of store ${store.name}`
  const abort = new AbortController()
  const breathe = createBreather()
  const names = new Set<string>()
  let iterator: AsyncIterator<string> | undefined
  try {
    const listing = await withTimeout(timeoutMs, undefined, () => iteratorOf(store, abort.signal), { what, clock })
    iterator = listing
    let lastNew = clock.now()
    for (;;) {
      const { done, value } = await withTimeout(timeoutMs, undefined, () => listing.next(), { what, clock })
      if (done) return [...names]
      await breathe()
      const now = clock.now()
      if (!names.has(value)) lastNew = now
      names.add(value)
      if (now - lastNew > timeoutMs) throw endless(what, `nothing new within ${timeoutMs} ms`)
      if (names.size > most) throw endless(what, `more than ${most} names`)
    }
  } catch (error) {
    abort.abort(error)
    // Not awaited: one that hangs would hold whoever stops listing.
    leave(iterator).catch(() => undefined)
    throw error
  }
}

function iteratorOf(store: MetadataStore, signal: AbortSignal): AsyncIterator<string> {
  const listing = store.list({ signal }) as AsyncIterable<string> | undefined
  const iterator = listing?.[Symbol.asyncIterator]?.()
  if (iterator) return iterator
  throw new StoreError('STORE_UNAVAILABLE', `list() of store ${store.name} gave no async iterable; it has to.`)
}

async function leave(iterator: AsyncIterator<string> | undefined): Promise<void> {
  await iterator?.return?.()
}

function endless(what: string, how: string): StoreError {
  return new StoreError('STORE_TIMEOUT', `${what} does not end: ${how}.`)
}

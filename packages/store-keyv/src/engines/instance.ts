import { setImmediate } from 'node:timers/promises'
import { StoreError } from '@sessionkeep/contracts'
import type { Driver, Engine } from '../engine.ts'
import { changesOf } from './adapter-changes.ts'
import type { AdapterLike } from './adapter-like.ts'
import { clusterCopy } from './cluster-adapter.ts'
import { notFound, refuseHiddenOutages, type Witness, witnessOf } from './hidden-outages.ts'

export interface InstanceOptions {
  readonly shared: boolean
  readonly durability: Engine['durability']
}

/**
 * Uses an adapter of the caller, by the contract of Keyv alone. An `error` event during a call makes the call fail, because
 * adapters answer during an outage as if nothing were stored. Changes run one after another, also those of an earlier
 * connection or store: an adapter may still carry out a change that nobody waits for any more, and that must not undo a newer one.
 */
export function instanceDriver(given: AdapterLike, own: string, options: InstanceOptions): Driver {
  const { inTurn, running } = changesOf(given)
  return {
    ...options,
    heldUpBy(probe) {
      try {
        running.get(own + probe)?.()
        return undefined
      } catch {
        return HELD_UP
      }
    },
    async connect({ probe, asideProbe, readOnly, signal, onLost }) {
      const place = own + probe
      const copy = clusterCopy(given)
      const adapter = copy?.adapter ?? given
      const failing = new Set<(error: unknown) => void>()
      const listings = new Set<AsyncGenerator<string>>()
      const onError = (error: unknown) => {
        for (const fail of failing) fail(error)
      }
      const call: Call = async <T>(task: Task): Promise<T> => {
        try {
          return await failOnErrorEvent<T>(failing, task)
        } catch (error) {
          // The next connection has a new client of the cluster.
          if (copy) onLost(error)
          throw error
        }
      }
      let isEnded = false
      const end = async () => {
        if (isEnded) return
        isEnded = true
        adapter.off?.('error', onError)
        for (const keys of listings) endListing(keys)
        copy?.end()
      }
      /** Makes a change once all changes before it have ended. A change that was given up by then is not made. */
      const change: Change = (signal, task) =>
        call((assertGoing) => {
          const assertWanted = () => {
            signal?.throwIfAborted()
            assertGoing()
          }
          return inTurn(async () => {
            assertWanted()
            running.set(place, assertWanted)
            try {
              await task(assertWanted)
            } finally {
              running.delete(place)
            }
          }, place)
        })
      signal.addEventListener('abort', end, { once: true })
      try {
        await copy?.connect()
        signal.throwIfAborted()
        if (!adapter.iterator && !adapter.keys) {
          throw new StoreError(
            'STORE_MISCONFIGURED',
            'This Keyv adapter cannot list what it holds: it has no iterator().',
          )
        }
        await refuseHiddenOutages(adapter, { key: own + asideProbe, readOnly, signal })
        if ('throwOnErrors' in adapter) adapter.throwOnErrors = true
        adapter.on?.('error', onError)
        const witness = witnessOf(probe, onLost)
        const engine = operations(adapter, own, { call, change, isEnded: () => isEnded, listings, witness })
        if (!readOnly) await engine.set(new Map([[probe, '{"value":null}']]), signal)
        await engine.get([])
        if (!readOnly && !witness.wasFound) throw notFound()
        return {
          durability: options.durability,
          ...engine,
          async end() {
            await inTurn(async () => undefined, place)
            await end()
          },
          // Without a call, the store would not notice that its client does not work any more.
          ...(copy && { beat: async () => void (await engine.get([])), warnings: CLUSTER }),
        }
      } catch (error) {
        await end()
        throw error
      }
    },
  }
}

const HELD_UP =
  'A change that was given up has not ended in the adapter, and later changes wait for it, since it could undo them. If it never ends, disconnect the adapter, or start this program again'

const CLUSTER = [
  'This Keyv adapter uses the cluster client of @redis/client, which has no lease, and is made anew after each fault because it does not survive a failover. Give a URI such as redis+cluster://node-1:6379,node-2:6379 instead.',
]

type Operations = Omit<Engine, 'durability' | 'end'>

/** The number of keys listed before timers and I/O may run. */
const YIELD_EVERY = 256

/** A task of a call. `assertGoing` throws once the call has failed. */
type Task = (assertGoing: () => void) => unknown
type Call = <T>(task: Task) => Promise<T>
type Change = (signal: AbortSignal | undefined, task: (assertWanted: () => void) => Promise<unknown>) => Promise<void>

/** Returns the outcome of the task, or fails with the `error` event of the adapter if that comes first. */
async function failOnErrorEvent<T>(failing: Set<(error: unknown) => void>, task: Task): Promise<T> {
  let failed: { readonly error: unknown } | undefined
  let fail: (error: unknown) => void = () => undefined
  const failure = new Promise<never>((_, reject) => {
    fail = (error) => {
      failed ??= { error }
      reject(error)
    }
  })
  const assertGoing = () => {
    if (failed) throw failed.error
  }
  failing.add(fail)
  try {
    return (await Promise.race([Promise.resolve().then(() => task(assertGoing)), failure])) as T
  } finally {
    failing.delete(fail)
  }
}

/** Ends when all of the calls have ended, also if one of them fails at once. */
async function allEnded<T>(items: readonly T[], call: (item: T) => unknown): Promise<void> {
  const outcomes = await Promise.allSettled(items.map(async (item) => await call(item)))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

interface Calls {
  readonly call: Call
  readonly change: Change
  readonly isEnded: () => boolean
  /** The iterators that are not ended yet. */
  readonly listings: Set<AsyncGenerator<string>>
  readonly witness: Witness
}

function operations(
  adapter: AdapterLike,
  own: string,
  { call, change, isEnded, listings, witness }: Calls,
): Operations {
  /** Reads these keys. What is absent from the outcome is absent from the store, since the witness was found. */
  const read = async (keys: readonly string[], assertGoing: () => void) => {
    const all = [...keys, witness.key]
    const full = all.map((key) => own + key)
    const values = (await (adapter.getMany?.(full) ??
      Promise.all(full.map((key) => adapter.get(key))))) as readonly unknown[]
    const found = new Map(all.flatMap((key, index) => (values[index] == null ? [] : [[key, values[index]] as const])))
    assertGoing()
    witness.assertIn(found)
    found.delete(witness.key)
    return found
  }
  const seeWitness = () => call((assertGoing) => read([], assertGoing))
  const set = async (texts: ReadonlyMap<string, unknown>): Promise<void> => {
    const entries = [...texts].map(([key, value]) => ({ key: own + key, value: value as string }))
    await (adapter.setMany?.(entries) ?? allEnded(entries, ({ key, value }) => adapter.set(key, value)))
  }
  const remove = async (keys: readonly string[]): Promise<void> => {
    const full = keys.map((key) => own + key)
    await (adapter.deleteMany?.(full) ?? allEnded(full, (key) => adapter.delete(key)))
  }
  return {
    async get(keys) {
      const found = await call<Map<string, unknown>>((assertGoing) => read(keys, assertGoing))
      return new Map([...found].map(([key, value]) => [key, textOf(value)]))
    },
    set: (texts, signal) => change(signal, () => set(texts)),
    async delete(keys, signal) {
      await change(signal, () => remove(keys))
      await seeWitness()
    },
    rename: (moves, signal) =>
      change(signal, async (assertWanted) => {
        const found = await read([...moves.keys()], assertWanted)
        if (found.size === 0) return
        // What is no JSON is kept as it is.
        const copies = new Map(
          [...found].map(([key, value]) => [moves.get(key) ?? '', textOf(value) ?? value] as const),
        )
        await set(copies)
        assertWanted()
        if ((await read([...copies.keys()], assertWanted)).size < copies.size) throw notFound()
        await remove([...found.keys()])
        await read([], assertWanted)
      }),
    async *pages(prefix) {
      const whole = own + prefix
      const keys = keysOf(adapter)
      listings.add(keys)
      try {
        for (let at = 1; ; at += 1) {
          const { done, value } = await call<IteratorResult<string>>(() => keys.next())
          // An adapter that never does I/O would block the process, and no time-out could fire.
          if (at % YIELD_EVERY === 0) await setImmediate()
          // The iterator of an ended connection is ended, too, and that does not mean that all keys were listed.
          if (isEnded()) throw new StoreError('STORE_CLOSED', 'The Keyv store was closed while it was listed.')
          if (done) break
          if (value.startsWith(whole)) yield [value.slice(own.length)]
        }
        await seeWitness()
      } finally {
        listings.delete(keys)
        endListing(keys)
      }
    },
  }
}

/** Lets the adapter free its cursor. Nobody waits for this, since an adapter that hangs would block the caller. */
function endListing(keys: AsyncGenerator<string>): void {
  keys.return(undefined).catch(() => undefined)
}

async function* keysOf(adapter: AdapterLike): AsyncGenerator<string> {
  if (adapter.iterator) {
    for await (const entry of adapter.iterator(adapter.namespace)) yield String(Array.isArray(entry) ? entry[0] : entry)
  } else {
    for (const key of [...(adapter.keys?.() ?? [])]) yield String(key)
  }
}

/** Some adapters return an object for the text that they were given. Undefined: the value is no JSON. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

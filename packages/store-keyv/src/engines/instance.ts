import { setImmediate } from 'node:timers/promises'
import { StoreError } from '@sessionkeep/contracts'
import type { Driver, Engine } from '../engine.ts'
import { changesOf } from './adapter-changes.ts'
import { clusterCopy } from './cluster-adapter.ts'

/** The part of a Keyv storage adapter that is used here; a `Map` has it too. */
export interface AdapterLike {
  get(key: string): unknown
  set(key: string, value: string): unknown
  delete(key: string): unknown
  getMany?: ((keys: string[]) => unknown) | undefined
  setMany?: ((entries: Array<{ key: string; value: string }>) => unknown) | undefined
  deleteMany?: ((keys: string[]) => unknown) | undefined
  iterator?: ((namespace?: string) => AsyncIterable<unknown>) | undefined
  keys?: (() => Iterable<unknown>) | undefined
  on?: ((event: 'error', listener: (error: unknown) => void) => unknown) | undefined
  off?: ((event: 'error', listener: (error: unknown) => void) => unknown) | undefined
  namespace?: string | undefined
  throwOnErrors?: boolean | undefined
}

/** The part of a Keyv that is used here: its adapter, and the prefix that it would add to a key. */
export interface KeyvLike {
  readonly store: AdapterLike
  readonly namespace?: string | undefined
  readonly useKeyPrefix?: boolean | undefined
}

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
        if (!adapter.iterator && !adapter.keys) {
          throw new StoreError(
            'STORE_MISCONFIGURED',
            'This Keyv adapter cannot list what it holds: it has no iterator().',
          )
        }
        await refuseHiddenOutages(adapter, own + asideProbe, readOnly)
        if ('throwOnErrors' in adapter) adapter.throwOnErrors = true
        adapter.on?.('error', onError)
        const engine = operations(adapter, own, { call, change, isEnded: () => isEnded })
        const witnessed = await withWitness(engine, probe, readOnly, onLost)
        return {
          durability: options.durability,
          ...witnessed,
          async end() {
            await inTurn(async () => undefined, place)
            await end()
          },
          // Without a call, the store would not notice that its client does not work any more.
          ...(copy && { beat: async () => void (await witnessed.get([probe])), warnings: CLUSTER }),
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

/**
 * Refuses an adapter whose batches resolve although each single call in them has failed. To find out, this calls the
 * batches of an object that inherits everything from the adapter, but whose single calls fail. A batch that makes no
 * single calls is carried out, so `key` must be one that is never stored, and a reader removes nothing.
 *
 * @throws `STORE_MISCONFIGURED`
 */
async function refuseHiddenOutages(adapter: AdapterLike, key: string, readOnly: boolean): Promise<void> {
  for (const [batch, single] of [
    ['getMany', 'get'],
    ['deleteMany', 'delete'],
  ] as const) {
    if (readOnly && batch === 'deleteMany') continue
    let isAsked = false
    const fails = async () => {
      isAsked = true
      throw new Error('a test of how failures are reported')
    }
    const failing: AdapterLike = Object.create(adapter, { [single]: { value: fails } })
    const isHidden = await Promise.resolve()
      .then(() => failing[batch]?.([key]))
      .then(
        () => isAsked,
        () => false,
      )
    if (!isHidden) continue
    throw new StoreError(
      'STORE_MISCONFIGURED',
      `This Keyv adapter answers ${batch}() as if nothing were stored when ${single}() fails, so that an outage would look like the loss of every record. For etcd, give a URI such as etcd://localhost:2379 instead.`,
    )
  }
}

/**
 * Stores a value under a key that no record has, and reads that value with every call that may answer that something is
 * absent. If the value is missing, the adapter hides that its server does not answer, or the server has lost its data. Then
 * nothing is known to be absent.
 */
async function withWitness(
  engine: Operations,
  key: string,
  readOnly: boolean,
  onLost: (error: unknown) => void,
): Promise<Operations> {
  if (!readOnly) await engine.set(new Map([[key, '{"value":null}']]))
  if (!(await engine.get([key])).has(key)) {
    // A reader cannot check the answers if no writer has stored the value.
    if (readOnly) return engine
    throw lostWitness()
  }
  const present = (texts: ReadonlyMap<string, unknown>) => {
    if (texts.has(key)) return
    const error = lostWitness()
    onLost(error)
    throw error
  }
  return {
    ...engine,
    async get(keys) {
      const texts = await engine.get([...keys, key])
      present(texts)
      texts.delete(key)
      return texts
    },
    async delete(keys, signal) {
      await engine.delete(keys, signal)
      present(await engine.get([key]))
    },
    async *pages(prefix) {
      yield* engine.pages(prefix)
      present(await engine.get([key]))
    },
  }
}

function lostWitness(): StoreError {
  return new StoreError(
    'STORE_UNAVAILABLE',
    'The Keyv adapter does not find what was just stored: its server does not answer, or has lost what it had.',
  )
}

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
}

function operations(adapter: AdapterLike, own: string, { call, change, isEnded }: Calls): Operations {
  const read = async (keys: readonly string[]) => {
    const full = keys.map((key) => own + key)
    const values = (await (adapter.getMany?.(full) ??
      Promise.all(full.map((key) => adapter.get(key))))) as readonly unknown[]
    return new Map(keys.flatMap((key, index) => (values[index] == null ? [] : [[key, values[index]] as const])))
  }
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
      const found = await call<Map<string, unknown>>(() => read(keys))
      return new Map([...found].map(([key, value]) => [key, textOf(value)]))
    },
    set: (texts, signal) => change(signal, () => set(texts)),
    delete: (keys, signal) => change(signal, () => remove(keys)),
    rename: (moves, signal) =>
      change(signal, async (assertWanted) => {
        const found = await read([...moves.keys()])
        assertWanted()
        // What is no JSON is kept as it is.
        const moved = [...found].map(([key, value]) => [moves.get(key) ?? '', textOf(value) ?? value] as const)
        if (moved.length === 0) return
        await set(new Map(moved))
        assertWanted()
        await remove([...found.keys()])
      }),
    async *pages(prefix) {
      const whole = own + prefix
      const keys = keysOf(adapter)
      for (let at = 1; ; at += 1) {
        const { done, value } = await call<IteratorResult<string>>(() => keys.next())
        if (done) return
        // An adapter that never does I/O would block the process, and no time-out could fire.
        if (at % YIELD_EVERY === 0) await setImmediate()
        if (isEnded()) throw new StoreError('STORE_CLOSED', 'The Keyv store was closed while it was listed.')
        if (value.startsWith(whole)) yield [value.slice(own.length)]
      }
    },
  }
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

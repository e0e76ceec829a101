import { setTimeout as delay } from 'node:timers/promises'
import { type MetadataStore, StoreBatchError, StoreError } from '@sessionkeep/contracts'
import type { Ending, FaultInjector, Verb } from './fault-injector.ts'
import { never } from './never.ts'
import type { Stored } from './reference-store.ts'

/** Receives the calls of a process when they reach the store. */
interface ProxyObserver {
  opened(): void
  /** The store has answered a read of these names with these records. */
  answered(names: readonly string[], values: ReadonlyMap<string, unknown>): void
  listed(): void
  /** A write is about to be sent to the store. If `record` is undefined, it is a removal. */
  sending(name: string, record: Stored | undefined): void
  /** The store has acknowledged the write. */
  sent(name: string, record: Stored | undefined): void
}

/** Observes the calls of one process to one store. */
export interface StoreObserver extends ProxyObserver {
  /** Whether the store has answered anything at all. */
  hasAnswered(): boolean
}

export interface FaultProxyOptions {
  readonly label: string
  readonly inner: MetadataStore
  readonly injector: FaultInjector
  readonly observer: ProxyObserver
  /** The next random number of the history. */
  readonly nextRandom: () => number
  /** Waits until the scheduler of the history resumes the call. So the scheduler decides how calls overlap. */
  readonly turn: (what: string) => Promise<void>
  /** How long a late call takes, in ms: longer than the pool's time-out of a store call. */
  readonly lateMs: number
}

const CLOSE_MS = 10_000
const WRITES: ReadonlySet<Verb> = new Set<Verb>(['setMany', 'deleteMany', 'setAside'])

/**
 * Makes the store that one process uses: it passes calls to `inner` and injects faults. After `kill()` no call of that
 * process reaches the store, and none is answered.
 */
export function createFaultProxy({ label, inner, injector, observer, nextRandom, turn, lateMs }: FaultProxyOptions) {
  const killed = new AbortController()
  /** The calls that the pool waits for. */
  const underWay = new Set<Promise<unknown>>()
  /** The calls that have reached `inner`. */
  const inside = new Set<Promise<unknown>>()
  let dead = false
  let lastTransition: Promise<unknown> = Promise.resolve()

  const failed = (what: string) => new StoreError('STORE_UNAVAILABLE', `Injected fault in ${label}: ${what} fails.`)
  const track = <T>(set: Set<Promise<unknown>>, call: Promise<T>): Promise<T> => {
    set.add(call)
    const settled = () => set.delete(call)
    call.then(settled, settled)
    return call
  }

  const withFaults = async <T>(
    verb: Verb,
    signal: AbortSignal,
    run: (signal: AbortSignal, part: boolean) => Promise<T>,
  ) => {
    const writes = WRITES.has(verb)
    await turn(`${label} is asked: ${verb}`)
    const kind = injector.faultOf(verb)
    if (kind === 'before') throw failed(verb)
    const ending: Ending = kind === 'held' ? await injector.hold() : 'done'
    if (kind === 'late') await delay(lateMs)
    if (ending === 'undone') throw failed(verb)
    if (dead) return never()
    // A late or held write takes effect although the caller has aborted it.
    const ignoresAbort = writes && (kind === 'late' || kind === 'held')
    const innerSignal = ignoresAbort ? killed.signal : AbortSignal.any([signal, killed.signal])
    const result = await track(inside, run(innerSignal, kind === 'part'))
    if (writes && (kind === 'after' || ending === 'done-then-failed')) throw failed(verb)
    await turn(`${label} answers: ${verb}`)
    return result
  }
  const call: typeof withFaults = async (verb, signal, run) => {
    if (dead) return never()
    const [outcome] = await Promise.allSettled([track(underWay, withFaults(verb, signal, run))])
    if (dead) return never()
    return outcome.status === 'fulfilled' ? outcome.value : Promise.reject(outcome.reason)
  }
  /** Runs openings and closings one after another. */
  const oneAfterAnother = (task: () => Promise<void>): Promise<void> => {
    const next = lastTransition.then(task)
    lastTransition = Promise.allSettled([next])
    return next
  }
  const chooseFailures = (names: Iterable<string>, part: boolean): Map<string, StoreError> =>
    new Map([...names].filter(() => part && nextRandom() % 2 === 0).map((name) => [name, failed(name)]))
  /** Writes the names that are not chosen to fail, reports each result to the observer, and rejects for the chosen names. */
  const change = async (
    records: ReadonlyMap<string, Stored | undefined>,
    part: boolean,
    run: (names: ReadonlyMap<string, Stored | undefined>) => Promise<void>,
  ): Promise<void> => {
    const failures = chooseFailures(records.keys(), part)
    const passed = new Map([...records].filter(([name]) => !failures.has(name)))
    for (const [name, record] of passed) observer.sending(name, record)
    try {
      if (passed.size > 0) await run(passed)
    } catch (error) {
      if ((error as { code?: string }).code !== 'STORE_BATCH_FAILED') throw error
      for (const [name, cause] of (error as StoreBatchError).failed) failures.set(name, cause)
    }
    for (const [name, record] of passed) if (!failures.has(name)) observer.sent(name, record)
    if (failures.size > 0) throw new StoreBatchError(failures)
  }
  const removals = (names: readonly string[]) => new Map(names.map((name) => [name, undefined]))

  const store: MetadataStore = {
    name: label,
    get capabilities() {
      return inner.capabilities
    },
    open: (context) =>
      oneAfterAnother(() =>
        call('open', context.signal, async (signal) => {
          // By the contract of a store, an aborted open() holds nothing.
          context.signal.throwIfAborted()
          observer.opened()
          await inner.open?.({ ...context, signal })
        }),
      ),
    getMany: (names, { signal }) =>
      call('getMany', signal, async (innerSignal, part) => {
        const failures = chooseFailures(names, part)
        const asked = names.filter((name) => !failures.has(name))
        const values = await inner.getMany(asked, { signal: innerSignal })
        observer.answered(asked, values)
        if (failures.size > 0) throw new StoreBatchError(failures, values)
        return values
      }),
    setMany: (records, { signal }) =>
      call('setMany', signal, (innerSignal, part) =>
        change(records as ReadonlyMap<string, Stored>, part, (some) => inner.setMany(some, { signal: innerSignal })),
      ),
    deleteMany: (names, { signal }) =>
      call('deleteMany', signal, (innerSignal, part) =>
        change(removals(names), part, (some) => inner.deleteMany([...some.keys()], { signal: innerSignal })),
      ),
    async *list({ signal }) {
      yield* await call('list', signal, async (innerSignal) => {
        const names = await collect(inner.list({ signal: innerSignal }))
        observer.listed()
        return names
      })
    },
    close: () =>
      oneAfterAnother(async () => {
        if (dead) return
        await Promise.allSettled([...underWay])
        await inner.close?.()
      }),
  }
  if (inner.setAside)
    store.setAside = (names, { signal }) =>
      call('setAside', signal, (innerSignal, part) =>
        change(removals(names), part, async (some) => inner.setAside?.([...some.keys()], { signal: innerSignal })),
      )

  return {
    store,
    /** Reads what the store holds now, without injected faults. */
    inspect: () => readAll(inner),
    /**
     * Simulates `kill -9`. Each call under way either stops where it is, or still takes effect. Then the store is
     * closed.
     */
    async kill(): Promise<void> {
      dead = true
      if (nextRandom() % 2 === 0) killed.abort(new Error('killed'))
      const closed = Promise.allSettled([...inside]).then(() => inner.close?.())
      await Promise.race([Promise.allSettled([closed]), delay(CLOSE_MS, undefined, { ref: false })])
      killed.abort(new Error('killed'))
    },
  }
}

/** Reads every record of an open store. */
export async function readAll(store: MetadataStore): Promise<Map<string, Stored>> {
  const { signal } = new AbortController()
  const names = await collect(store.list({ signal }))
  return (await store.getMany(names, { signal })) as Map<string, Stored>
}

async function collect(names: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const name of names) all.push(name)
  return all
}

export type FaultProxy = ReturnType<typeof createFaultProxy>

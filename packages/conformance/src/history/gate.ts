import { setTimeout as delay } from 'node:timers/promises'
import { type MetadataStore, StoreBatchError, StoreError } from '@sessionkeep/core'
import type { Stored } from './shelf.ts'
import type { Ending, Sky, Verb } from './weather.ts'

/** What is seen of a process's calls, where they reach the store. */
export interface GateWatch {
  opened(): void
  /** The store has spoken of these names, and has these of them. */
  answered(names: readonly string[], values: ReadonlyMap<string, unknown>): void
  listed(): void
  /** A record, or undefined for a removal, goes to the store now; it is there. */
  sending(name: string, record: Stored | undefined): void
  sent(name: string, record: Stored | undefined): void
}

/** What one process has seen and done of one store. */
export interface Watched extends GateWatch {
  /** Whether the store has answered anything at all. */
  hasAnswered(): boolean
}

export interface GateOptions {
  readonly label: string
  readonly inner: MetadataStore
  readonly sky: Sky
  readonly watch: GateWatch
  /** The next of the history's random numbers. */
  readonly lot: () => number
  /** Waits for its turn among all that is under way: how the calls overlap. */
  readonly turn: (what: string) => Promise<void>
  /** How long a late call takes, ms: longer than the pool's deadline. */
  readonly lateMs: number
}

const CLOSE_MS = 10_000
const WRITES: ReadonlySet<Verb> = new Set<Verb>(['setMany', 'deleteMany', 'setAside'])
const NEVER = new Promise<never>(() => {})

/** One process's way to a store; after `kill()` nothing of that process reaches it or is answered. */
export function createGate({ label, inner, sky, watch, lot, turn, lateMs }: GateOptions) {
  const killed = new AbortController()
  const underWay = new Set<Promise<unknown>>()
  const inside = new Set<Promise<unknown>>()
  let dead = false
  let moving: Promise<unknown> = Promise.resolve()

  const failed = (what: string) => new StoreError('STORE_UNAVAILABLE', `The weather over ${label}: ${what} fails.`)
  const track = <T>(set: Set<Promise<unknown>>, call: Promise<T>): Promise<T> => {
    set.add(call)
    const settled = () => set.delete(call)
    call.then(settled, settled)
    return call
  }

  const through = async <T>(
    verb: Verb,
    signal: AbortSignal,
    run: (signal: AbortSignal, part: boolean) => Promise<T>,
  ) => {
    const writes = WRITES.has(verb)
    await turn(`${label} is asked: ${verb}`)
    const kind = sky.over(verb)
    if (kind === 'before') throw failed(verb)
    const ending: Ending = kind === 'held' ? await sky.hold() : 'done'
    if (kind === 'late') await delay(lateMs)
    if (ending === 'undone') throw failed(verb)
    if (dead) return NEVER
    // What happens late happens although nobody waits for it any more.
    const isDeaf = writes && (kind === 'late' || kind === 'held')
    const wanted = isDeaf ? killed.signal : AbortSignal.any([signal, killed.signal])
    const result = await track(inside, run(wanted, kind === 'part'))
    if (writes && (kind === 'after' || ending === 'unheard')) throw failed(verb)
    await turn(`${label} answers: ${verb}`)
    return result
  }
  const call: typeof through = async (verb, signal, run) => {
    if (dead) return NEVER
    const [outcome] = await Promise.allSettled([track(underWay, through(verb, signal, run))])
    if (dead) return NEVER
    return outcome.status === 'fulfilled' ? outcome.value : Promise.reject(outcome.reason)
  }
  /** Opening and closing wait for each other. */
  const inTurn = (task: () => Promise<void>): Promise<void> => {
    const next = moving.then(task)
    moving = Promise.allSettled([next])
    return next
  }
  const unlucky = (names: Iterable<string>, part: boolean): Map<string, StoreError> =>
    new Map([...names].filter(() => part && lot() % 2 === 0).map((name) => [name, failed(name)]))
  /** Sends what is lucky, tells what the store said of each name, and fails for the rest. */
  const change = async (
    records: ReadonlyMap<string, Stored | undefined>,
    part: boolean,
    run: (names: ReadonlyMap<string, Stored | undefined>) => Promise<void>,
  ): Promise<void> => {
    const failures = unlucky(records.keys(), part)
    const lucky = new Map([...records].filter(([name]) => !failures.has(name)))
    for (const [name, record] of lucky) watch.sending(name, record)
    try {
      if (lucky.size > 0) await run(lucky)
    } catch (error) {
      if ((error as { code?: string }).code !== 'STORE_BATCH_FAILED') throw error
      for (const [name, cause] of (error as StoreBatchError).failed) failures.set(name, cause)
    }
    for (const [name, record] of lucky) if (!failures.has(name)) watch.sent(name, record)
    if (failures.size > 0) throw new StoreBatchError(failures)
  }
  const nothing = (names: readonly string[]) => new Map(names.map((name) => [name, undefined]))

  const store: MetadataStore = {
    name: label,
    get capabilities() {
      return inner.capabilities
    },
    open: (context) =>
      inTurn(() =>
        call('open', context.signal, async (signal) => {
          // An opening that is no longer wanted holds nothing: so the contract.
          context.signal.throwIfAborted()
          watch.opened()
          await inner.open?.({ ...context, signal })
        }),
      ),
    getMany: (names, { signal }) =>
      call('getMany', signal, async (wanted, part) => {
        const failures = unlucky(names, part)
        const asked = names.filter((name) => !failures.has(name))
        const values = await inner.getMany(asked, { signal: wanted })
        watch.answered(asked, values)
        if (failures.size > 0) throw new StoreBatchError(failures, values)
        return values
      }),
    setMany: (records, { signal }) =>
      call('setMany', signal, (wanted, part) =>
        change(records as ReadonlyMap<string, Stored>, part, (some) => inner.setMany(some, { signal: wanted })),
      ),
    deleteMany: (names, { signal }) =>
      call('deleteMany', signal, (wanted, part) =>
        change(nothing(names), part, (some) => inner.deleteMany([...some.keys()], { signal: wanted })),
      ),
    async *list({ signal }) {
      yield* await call('list', signal, async (wanted) => {
        const names = await collect(inner.list({ signal: wanted }))
        watch.listed()
        return names
      })
    },
    close: () =>
      inTurn(async () => {
        if (dead) return
        await Promise.allSettled([...underWay])
        await inner.close?.()
      }),
  }
  if (inner.setAside)
    store.setAside = (names, { signal }) =>
      call('setAside', signal, (wanted, part) =>
        change(nothing(names), part, async (some) => inner.setAside?.([...some.keys()], { signal: wanted })),
      )

  return {
    store,
    /** What is there now, past all weather. */
    inspect: () => readAll(inner),
    /** As `kill -9`: calls under way stop wherever they are, or are done all the same; the store is let go. */
    async kill(): Promise<void> {
      dead = true
      if (lot() % 2 === 0) killed.abort(new Error('killed'))
      const gone = Promise.allSettled([...inside]).then(() => inner.close?.())
      await Promise.race([Promise.allSettled([gone]), delay(CLOSE_MS, undefined, { ref: false })])
      killed.abort(new Error('killed'))
    },
  }
}

/** Everything that an open store has. */
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

export type Gate = ReturnType<typeof createGate>

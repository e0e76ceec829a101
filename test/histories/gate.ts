import { setTimeout as delay } from 'node:timers/promises'
import { type MetadataStore, StoreError } from '@sessionkeep/core'
import { fileStore } from '@sessionkeep/store-file'

/**
 * How the disk behaves: `before`: calls fail undone; `after`: writes are done and fail all the same; `late`: calls pass
 * their deadline and are done after it.
 */
export type Weather = 'fine' | 'before' | 'after' | 'late'

export interface Disk {
  readonly directory: string
  readonly durability: 'process' | 'power'
  weather: Weather
}

export interface GateEvents {
  /** A record is on its way to the disk. */
  writing(name: string, record: Record<string, unknown>): void
  /** It is there. */
  written(name: string, record: Record<string, unknown>): void
  removed(name: string): void
}

/** Longer than the pool's deadline of a call. */
export const LATE_MS = 60
const NEVER = new Promise<never>(() => {})

/** One process's file store; after `kill()` nothing of that process reaches the disk or is answered. */
export function createGate(disk: Disk, events: GateEvents) {
  const inner = fileStore({ directory: disk.directory, durability: disk.durability })
  const killed = new AbortController()
  const underWay = new Set<Promise<unknown>>()
  let dead = false
  let turn: Promise<unknown> = Promise.resolve()

  const answer = async <T>(call: Promise<T>): Promise<T> => {
    const [outcome] = await Promise.allSettled([call])
    if (dead) return NEVER
    return outcome.status === 'fulfilled' ? outcome.value : Promise.reject(outcome.reason)
  }
  const failed = (what: string) => new StoreError('STORE_UNAVAILABLE', `The disk fails: ${what}.`)

  const through = <T>(what: string, signal: AbortSignal, run: (signal: AbortSignal) => Promise<T>, writes: boolean) => {
    if (dead) return NEVER
    const { weather } = disk
    const work = async () => {
      if (weather === 'before') throw failed(what)
      if (weather === 'late') await delay(LATE_MS)
      if (dead) return NEVER
      // What happens late happens although nobody waits for it any more.
      const result = await run(weather === 'late' && writes ? killed.signal : AbortSignal.any([signal, killed.signal]))
      if (weather === 'after' && writes) throw failed(what)
      return result
    }
    const working = work()
    underWay.add(working)
    const settled = () => underWay.delete(working)
    working.then(settled, settled)
    return answer(working)
  }

  /** Opening and closing wait for each other. */
  const inTurn = (task: () => Promise<void>): Promise<void> => {
    const next = turn.then(task)
    turn = Promise.allSettled([next])
    return next
  }

  const store: MetadataStore = {
    name: 'file',
    get capabilities() {
      return inner.capabilities
    },
    open: (context) =>
      inTurn(() =>
        through(
          'open',
          context.signal,
          async (signal) => {
            // An opening that is no longer wanted holds nothing: so the contract.
            context.signal.throwIfAborted()
            await inner.open?.({ ...context, signal })
          },
          false,
        ),
      ),
    getMany: (names, { signal }) =>
      through('getMany', signal, (wanted) => inner.getMany(names, { signal: wanted }), false),
    setMany: (records, { signal }) =>
      through(
        'setMany',
        signal,
        async (wanted) => {
          const each = [...records].map(([name, record]) => [name, record as Record<string, unknown>] as const)
          for (const [name, record] of each) events.writing(name, record)
          await inner.setMany(records, { signal: wanted })
          for (const [name, record] of each) events.written(name, record)
        },
        true,
      ),
    deleteMany: (names, { signal }) =>
      through(
        'deleteMany',
        signal,
        async (wanted) => {
          await inner.deleteMany(names, { signal: wanted })
          for (const name of names) events.removed(name)
        },
        true,
      ),
    setAside: (names, { signal }) =>
      through('setAside', signal, async (wanted) => inner.setAside?.(names, { signal: wanted }), true),
    async *list({ signal }) {
      yield* await through('list', signal, (wanted) => collect(inner.list({ signal: wanted })), false)
    },
    close: () =>
      inTurn(async () => {
        if (dead) return
        await Promise.allSettled([...underWay])
        await inner.close?.()
      }),
  }

  return {
    store,
    /** As `kill -9`: what is under way stops wherever it is, the kernel frees the lock. */
    async kill(): Promise<void> {
      dead = true
      killed.abort(new Error('killed'))
      await inner.close?.()
    },
  }
}

async function collect(names: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const name of names) all.push(name)
  return all
}

export type Gate = ReturnType<typeof createGate>

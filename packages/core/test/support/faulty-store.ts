import { type MetadataStore, memoryStore, StoreError } from '../../src/index.ts'

type Fault = 'none' | 'reject' | 'reject-after' | 'hang' | 'throw'

/** A memory store whose calls can fail, hang, or succeed and then report a failure. */
export function faultyStore(inner: MetadataStore = memoryStore()) {
  const faults = { open: 'none', getMany: 'none', setMany: 'none', deleteMany: 'none', list: 'none' } as Record<
    string,
    Fault
  >
  const calls: Array<{ verb: string; names: string[] }> = []
  const hung: Array<() => void> = []
  let writing = 0
  let mostWriting = 0

  const failure = (verb: string) => new StoreError('STORE_UNAVAILABLE', `${verb} was made to fail`)
  const run = <T>(verb: string, names: Iterable<string>, work: () => Promise<T>): Promise<T> => {
    calls.push({ verb, names: [...names] })
    const fault = faults[verb]
    if (fault === 'throw') throw failure(verb)
    return (async () => {
      if (fault === 'reject') throw failure(verb)
      if (fault === 'hang') await new Promise<void>((resolve) => hung.push(resolve))
      const result = await work()
      if (fault === 'reject-after') throw failure(verb)
      return result
    })()
  }
  const mutate = <T>(verb: string, names: Iterable<string>, work: () => Promise<T>): Promise<T> => {
    writing += 1
    mostWriting = Math.max(mostWriting, writing)
    const done = () => {
      writing -= 1
    }
    try {
      return run(verb, names, work).finally(done)
    } catch (error) {
      done()
      throw error
    }
  }
  const store: MetadataStore = {
    ...inner,
    name: 'faulty',
    capabilities: { ...inner.capabilities, durability: 'process' },
    open: (context) => run('open', [], async () => inner.open?.(context)),
    getMany: (names, options) => run('getMany', names, () => inner.getMany(names, { ...options, signal: never })),
    setMany: (records, options) =>
      mutate('setMany', records.keys(), () => inner.setMany(records, { ...options, signal: never })),
    deleteMany: (names, options) =>
      mutate('deleteMany', names, () => inner.deleteMany(names, { ...options, signal: never })),
    async *list(options) {
      await run('list', [], async () => undefined)
      yield* inner.list(options)
    },
    close: async () => {
      calls.push({ verb: 'close', names: [] })
      await inner.close?.()
    },
  }
  return {
    store,
    inner,
    faults,
    calls,
    mostWriting: () => mostWriting,
    /** Lets every hanging call continue, so that it lands late. */
    release(): void {
      for (const resolve of hung.splice(0)) resolve()
    },
    async record(name: string): Promise<Record<string, unknown> | undefined> {
      return (await inner.getMany([name], { signal: never })).get(name) as Record<string, unknown> | undefined
    },
    /** Writes a record as another writer would. */
    async plant(name: string, raw: unknown): Promise<void> {
      await inner.open?.({ signal: never, logger: silent })
      await inner.setMany(new Map([[name, raw]]), { signal: never })
      await inner.close?.()
    },
  }
}

const never = new AbortController().signal
const ignore = () => undefined
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }

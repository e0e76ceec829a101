import { type MetadataStore, memoryStore, StoreError } from '../../src/index.ts'

type Call = 'open' | 'getMany' | 'setMany' | 'deleteMany' | 'setAside'

export interface HeldCall {
  /** Fulfils when a call has been stopped. */
  readonly reached: Promise<void>
  release(): void
}

/** A memory store whose calls a test can stop, before they are done or between the doing and the answer, or fail. */
export function heldStore(inner: MetadataStore = memoryStore()) {
  const before = new Map<Call, Array<() => Promise<void>>>()
  const after = new Map<Call, Array<() => Promise<void>>>()
  const failing = new Set<Call>()
  const log: string[] = []
  let isOpen = false

  const through = async <T>(call: Call, run: () => Promise<T>): Promise<T> => {
    await before.get(call)?.shift()?.()
    if (failing.has(call)) throw new StoreError('STORE_UNAVAILABLE', `${call} fails.`)
    const result = await run()
    log.push(call)
    await after.get(call)?.shift()?.()
    return result
  }
  const hold = (at: Map<Call, Array<() => Promise<void>>>, call: Call): HeldCall => {
    let release: () => void = () => {}
    let reach: () => void = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const reached = new Promise<void>((resolve) => {
      reach = resolve
    })
    const stop = () => {
      reach()
      return released
    }
    at.set(call, [...(at.get(call) ?? []), stop])
    return { reached, release }
  }

  const store: MetadataStore = {
    name: 'held',
    capabilities: { durability: 'process', retains: true, shared: false },
    async open(context) {
      await through('open', async () => inner.open?.(context))
      isOpen = true
    },
    getMany: (names, options) => through('getMany', () => inner.getMany(names, options)),
    setMany: (records, options) => through('setMany', () => inner.setMany(records, options)),
    deleteMany: (names, options) => through('deleteMany', () => inner.deleteMany(names, options)),
    setAside: (names, options) => through('setAside', async () => inner.setAside?.(names, options)),
    list: (options) => inner.list(options),
    async close() {
      await inner.close?.()
      isOpen = false
    },
  }
  return {
    store,
    log,
    isOpen: (): boolean => isOpen,
    fail(...calls: Call[]): void {
      for (const call of calls) failing.add(call)
    },
    mend: (): void => failing.clear(),
    /** Stops the next call of that kind before it does anything. */
    holdBefore: (call: Call): HeldCall => hold(before, call),
    /** Stops the next call of that kind after it was done, before it answers. */
    holdAfter: (call: Call): HeldCall => hold(after, call),
    /** What is stored, seen as a later process would. */
    async stored(): Promise<Map<string, Record<string, unknown>>> {
      const signal = new AbortController().signal
      if (!isOpen) await inner.open?.({ signal, logger: silentLogger })
      const names: string[] = []
      for await (const name of inner.list({ signal })) names.push(name)
      const found = (await inner.getMany(names, { signal })) as Map<string, Record<string, unknown>>
      if (!isOpen) await inner.close?.()
      return found
    },
  }
}

export const silentLogger = { debug() {}, info() {}, warn() {}, error() {} }

/** A stored record, as an earlier run left it. */
export function record(sessionName: string, fields: object = {}): Record<string, unknown> {
  return {
    sessionName,
    workspace: sessionName.replace('claude-', ''),
    createdAt: 1000,
    lastActivityAt: 2000,
    totalRequests: 42,
    status: 'idle',
    pool: 'claude-',
    revision: 7,
    run: 'earlier',
    schemaVersion: 1,
    ...fields,
  }
}

/** Puts records into a store that nobody has open. */
export async function fill(store: MetadataStore, records: ReadonlyArray<Record<string, unknown>>): Promise<void> {
  const signal = new AbortController().signal
  await store.open?.({ signal, logger: silentLogger })
  await store.setMany(new Map(records.map((one) => [String(one.sessionName), one])), { signal })
  await store.close?.()
}

import { type MetadataStore, memoryStore, StoreError } from '../../src/index.ts'
import { StoreBatchError } from '../../src/store.ts'

type Call = 'open' | 'getMany' | 'setMany' | 'deleteMany' | 'setAside'

export interface HeldCall {
  /** Resolves when a call is being held. */
  readonly reached: Promise<void>
  release(): void
}

/** A memory store whose calls a test can let fail, or hold before or after their work. */
export function heldStore(inner: MetadataStore = memoryStore()) {
  const before = new Map<Call, Array<() => Promise<void>>>()
  const after = new Map<Call, Array<() => Promise<void>>>()
  const failing = new Set<Call>()
  const failingNames: Array<readonly [Call, string | RegExp]> = []
  const underWay = new Set<Promise<unknown>>()
  const log: string[] = []
  let isOpen = false
  let locked = false
  let most = 0

  /** Fails a batch in part, as a file or a table would: names that fail are not written, and all others are. */
  const inParts = async <T>(
    call: Call,
    names: Iterable<string>,
    run: (fit: (name: string) => boolean) => Promise<T>,
  ) => {
    const failed = new Map<string, StoreError>()
    const isFailing = (name: string) =>
      failingNames.some(
        ([of, wanted]) => of === call && (typeof wanted === 'string' ? wanted === name : wanted.test(name)),
      )
    for (const name of names)
      if (isFailing(name)) failed.set(name, new StoreError('STORE_UNAVAILABLE', `${name} fails.`))
    const result = await through(call, () => run((name) => !failed.has(name)))
    if (failed.size > 0) throw new StoreBatchError(failed, result instanceof Map ? result : new Map())
    return result
  }

  const through = <T>(call: Call, run: () => Promise<T>): Promise<T> => {
    const working = stopped(call, run)
    underWay.add(working)
    if (call !== 'getMany') most = Math.max(most, underWay.size)
    const settled = () => underWay.delete(working)
    working.then(settled, settled)
    return working
  }
  const stopped = async <T>(call: Call, run: () => Promise<T>): Promise<T> => {
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
      if (locked && !context.readOnly) throw new StoreError('STORE_LOCKED', 'Another writes here.')
      await through('open', async () => inner.open?.(context))
      isOpen = true
    },
    getMany: (names, options) => inParts('getMany', names, (fit) => inner.getMany(names.filter(fit), options)),
    setMany: (records, options) =>
      inParts('setMany', records.keys(), (fit) =>
        // A call that was given up may still do its work.
        inner.setMany(new Map([...records].filter(([name]) => fit(name))), { ...options, signal: UNLIMITED }),
      ),
    deleteMany: (names, options) => inParts('deleteMany', names, (fit) => inner.deleteMany(names.filter(fit), options)),
    setAside: (names, options) =>
      inParts('setAside', names, async (fit) => inner.setAside?.(names.filter(fit), options)),
    list: (options) => inner.list(options),
    async close() {
      await Promise.allSettled([...underWay])
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
    /** Makes one name of a batch fail, or all names that an expression matches. */
    failName: (call: Exclude<Call, 'open'>, name: string | RegExp) => void failingNames.push([call, name]),
    /** Makes opening for writing fail, as if another pool held the lock. */
    lock: (): void => {
      locked = true
    },
    mend(): void {
      failing.clear()
      failingNames.length = 0
      locked = false
    },
    /** The most calls that ran at the same time, without reads. */
    mostAtOnce: (): number => most,
    /** Holds the next call of that kind before its work. */
    holdBefore: (call: Call): HeldCall => hold(before, call),
    /** Holds the next call of that kind after its work, before it answers. */
    holdAfter: (call: Call): HeldCall => hold(after, call),
    /** Changes a record as the holder of the lock would. */
    async overwrite(one: Record<string, unknown>): Promise<void> {
      await inner.close?.()
      await inner.open?.({ signal: UNLIMITED, logger: silentLogger })
      await inner.setMany(new Map([[String(one.sessionName), one]]), { signal: UNLIMITED })
      await inner.close?.()
      await inner.open?.({ signal: UNLIMITED, logger: silentLogger, readOnly: true })
    },
    /** The stored records, as a later process would read them. */
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

const UNLIMITED = new AbortController().signal

export const silentLogger = { debug() {}, info() {}, warn() {}, error() {} }

/** A record as an earlier run would have stored it. */
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

/** Writes records into a store that is not open. */
export async function fill(store: MetadataStore, records: ReadonlyArray<Record<string, unknown>>): Promise<void> {
  const signal = new AbortController().signal
  await store.open?.({ signal, logger: silentLogger })
  await store.setMany(new Map(records.map((one) => [String(one.sessionName), one])), { signal })
  await store.close?.()
}

import {
  assertStoreName,
  type MetadataStore,
  StoreBatchError,
  type StoreCallOptions,
  type StoreContext,
  StoreError,
} from '@sessionkeep/contracts'
import type { Place, StoreCauses } from '../../src/index.ts'
import { DEFAULT_NAMESPACE, diskOf, roomOf } from './disk.ts'

/** One turn of the loop, as any real disk takes. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const EVERYONE = '*'

/** Keeps every promise of the contract, on a disk that is a map; the broken stores each break one. */
export function soundStore(place: Place): Required<MetadataStore> {
  const disk = diskOf(place)
  const underWay = new Set<Promise<unknown>>()
  let open: StoreContext | undefined

  const room = () => roomOf(disk, open?.namespace ?? DEFAULT_NAMESPACE)
  const lockOf = ({ namespace = DEFAULT_NAMESPACE, owner = EVERYONE }: StoreContext) => `${namespace}\0${owner}`
  const isLocked = ({ namespace = DEFAULT_NAMESPACE, owner = EVERYONE }: StoreContext) =>
    [...disk.locks].some((lock) => {
      const [where, who] = lock.split('\0')
      return where === namespace && (who === owner || who === EVERYONE || owner === EVERYONE)
    })
  const reach = async (signal: AbortSignal) => {
    await turn()
    signal.throwIfAborted()
    if (disk.hung) {
      const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
      await Promise.race([disk.hung, aborted])
    }
    signal.throwIfAborted()
    if (disk.isDown) throw new StoreError('STORE_UNAVAILABLE', 'The disk is not reachable.')
  }
  const call = <T>(
    names: Iterable<string>,
    { signal }: StoreCallOptions,
    writes: boolean,
    task: () => T,
  ): Promise<T> => {
    if (!open) return Promise.reject(new StoreError('STORE_CLOSED', 'The store is not open.'))
    if (writes && open.readOnly)
      return Promise.reject(new StoreError('STORE_READ_ONLY', 'The store was opened read-only.'))
    const running = (async () => {
      for (const name of names) assertStoreName(name)
      await reach(signal)
      return task()
    })()
    underWay.add(running)
    const settled = () => underWay.delete(running)
    running.then(settled, settled)
    return running
  }

  return {
    name: 'sound',
    capabilities: { durability: 'process', retains: true, shared: false },
    async open(context) {
      await reach(context.signal)
      if (!context.readOnly) {
        if (isLocked(context)) throw new StoreError('STORE_LOCKED', 'Another store holds the lock.')
        disk.locks.add(lockOf(context))
      }
      open = context
    },
    getMany: (names, options) =>
      call(names, options, false, () => {
        const { values, failed } = readTexts(room(), names)
        if (failed.size > 0) throw new StoreBatchError(failed, values)
        return values
      }),
    setMany: (records, options) =>
      call(records.keys(), options, true, () => {
        const texts = [...records].map(([name, record]) => [name, JSON.stringify(record)] as const)
        for (const [name, text] of texts) room().set(name, text)
      }),
    deleteMany: (names, options) => call(names, options, true, () => names.forEach((name) => void room().delete(name))),
    async *list(options) {
      yield* await call([], options, false, () => [...room().keys()])
    },
    setAside: (names, options) => call(names, options, true, () => names.forEach((name) => void room().delete(name))),
    async close() {
      const last = open
      open = undefined
      await Promise.allSettled([...underWay])
      if (last && !last.readOnly) disk.locks.delete(lockOf(last))
    },
  }
}

function readTexts(records: ReadonlyMap<string, string>, names: readonly string[]) {
  const values = new Map<string, unknown>()
  const failed = new Map<string, StoreError>()
  for (const name of names) {
    const text = records.get(name)
    if (text === undefined) continue
    try {
      values.set(name, JSON.parse(text))
    } catch (cause) {
      failed.set(name, new StoreError('STORE_RECORD_UNREADABLE', 'The text is no JSON.', { cause }))
    }
  }
  return { values, failed }
}

export const soundCauses: Required<StoreCauses> = {
  outage(place) {
    const disk = diskOf(place)
    disk.isDown = true
    return () => {
      disk.isDown = false
    }
  },
  hang(place) {
    const disk = diskOf(place)
    let release: () => void = () => undefined
    disk.hung = new Promise((resolve) => {
      release = resolve
    })
    return () => {
      disk.hung = undefined
      release()
    }
  },
  unreadable: (place, name) => void roomOf(diskOf(place), DEFAULT_NAMESPACE).set(name, '{ torn'),
}

import { assertStoreName, type MetadataStore, StoreError } from '@sessionkeep/contracts'
import { DEFAULT_NAMESPACE, diskOf, roomOf } from '../support/disk.ts'
import { soundStore, turn } from '../support/sound-store.ts'
import type { BrokenStore } from './broken-store.ts'

const storable = (record: unknown): boolean => {
  try {
    return JSON.stringify(record) !== undefined
  } catch {
    return false
  }
}

export const writes: readonly BrokenStore[] = [
  {
    fault: 'loses updates, since it reads the whole document and later writes it back',
    foundBy: 'contention.names',
    create(place) {
      const store = soundStore(place)
      let running = Promise.resolve()
      const setMany: MetadataStore['setMany'] = async (records, options) => {
        const before = new Map(roomOf(diskOf(place), DEFAULT_NAMESPACE))
        await store.setMany(records, options)
        const room = roomOf(diskOf(place), DEFAULT_NAMESPACE)
        const mine = [...records.keys()].map((name) => [name, room.get(name) ?? ''] as const)
        await turn()
        for (const name of [...room.keys()]) if (!before.has(name)) room.delete(name)
        for (const [name, text] of mine) room.set(name, text)
      }
      return {
        ...store,
        setMany(records, options) {
          const writing = setMany(records, options)
          running = Promise.allSettled([running, writing]).then(() => undefined)
          return writing
        },
        async close() {
          await running
          await store.close?.()
        },
      }
    },
  },
  {
    fault: 'writes a record in two halves, so that an abort leaves the first',
    foundBy: 'aborts.during',
    alsoBreaks: ['contention.one-name'],
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        async setMany(records, options) {
          const halves = [...records.keys()].map((name) => [name, { half: true }] as const)
          await store.setMany(new Map([...records].map(([name, r], at) => [name, at < 3 ? halves[at]?.[1] : r])), {
            signal: options.signal.aborted ? options.signal : new AbortController().signal,
          })
          await store.setMany(records, options)
        },
      }
    },
  },
  {
    fault: 'ignores that it cannot write a record',
    foundBy: 'records.partial',
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        setMany: (records, options) =>
          store.setMany(new Map([...records].filter(([, record]) => storable(record))), options),
      }
    },
  },
  {
    fault: 'merges a new record into the old one',
    foundBy: 'records.whole',
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        async setMany(records, options) {
          const found = await store.getMany([...records.keys()], options).catch(() => new Map<string, unknown>())
          const merged = [...records].map(([name, record]) => {
            const old = found.get(name) as object | undefined
            return [name, 'totalRequests' in (record as object) ? { ...old, ...(record as object) } : record] as const
          })
          await store.setMany(new Map(merged), options)
        },
      }
    },
  },
  {
    fault: 'acknowledges a write at once, and does it with the next call',
    foundBy: 'capabilities.durable',
    alsoBreaks: ['life.close-waits', 'life.read-only', 'failures.outage', 'failures.hang', 'failures.unreadable'],
    create(place) {
      const store = soundStore(place)
      const pending = new Map<string, unknown>()
      const flushed = async <T>(task: () => Promise<T>) => {
        const batch = new Map(pending)
        pending.clear()
        if (batch.size > 0) await store.setMany(batch, { signal: new AbortController().signal })
        return await task()
      }
      return {
        ...store,
        async setMany(records, options) {
          for (const name of records.keys()) assertStoreName(name)
          await store.setMany(new Map(), options)
          for (const [name, record] of records) pending.set(name, JSON.parse(JSON.stringify(record)))
        },
        getMany: (names, options) => flushed(() => store.getMany(names, options)),
        deleteMany: (names, options) => flushed(() => store.deleteMany(names, options)),
        setAside: (names, options) => flushed(() => store.setAside(names, options)),
        async *list(options) {
          await flushed(async () => undefined)
          yield* store.list(options)
        },
        close: () => flushed(store.close),
      }
    },
  },
  {
    fault: 'answers with no records during an outage',
    foundBy: 'failures.outage',
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        getMany: (names, options) =>
          store.getMany(names, options).catch((error: unknown) => {
            if (error instanceof StoreError && error.code === 'STORE_UNAVAILABLE') return new Map()
            throw error
          }),
      }
    },
  },
]

import { soundStore } from '../support/sound-store.ts'
import type { BrokenStore } from './broken-store.ts'

export const aliases: readonly BrokenStore[] = [
  {
    fault: 'returns its own object, which the caller then changes',
    foundBy: 'aliasing.got',
    create(place) {
      const store = soundStore(place)
      const cache = new Map<string, { text: string; record: unknown }>()
      return {
        ...store,
        async getMany(names, options) {
          const found = await store.getMany(names, options)
          for (const [name, record] of found) {
            const text = JSON.stringify(record)
            const cached = cache.get(name)
            if (cached?.text === text) found.set(name, cached.record)
            else cache.set(name, { text, record })
          }
          return found
        },
      }
    },
  },
  {
    fault: 'keeps the caller’s object, which the caller then changes',
    foundBy: 'aliasing.given',
    create(place) {
      const store = soundStore(place)
      const given = new Map<string, object>()
      return {
        ...store,
        async setMany(records, options) {
          await store.setMany(records, options)
          for (const [name, record] of records) given.set(name, record as object)
        },
        async getMany(names, options) {
          const found = await store.getMany(names, options)
          for (const name of found.keys()) if (given.has(name)) found.set(name, structuredClone(given.get(name)))
          return found
        },
        async close() {
          given.clear()
          await store.close()
        },
      }
    },
  },
]

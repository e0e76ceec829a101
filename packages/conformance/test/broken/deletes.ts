import { StoreError } from '@sessionkeep/contracts'
import { soundStore } from '../support/sound-store.ts'
import type { BrokenStore } from './broken-store.ts'

export const deletes: readonly BrokenStore[] = [
  {
    fault: 'restores a deleted record when it is opened again',
    foundBy: 'deletes.durable',
    alsoBreaks: ['capabilities.durable'],
    create(place) {
      const store = soundStore(place)
      const hidden = new Set<string>()
      return {
        ...store,
        async setMany(records, options) {
          await store.setMany(records, options)
          for (const name of records.keys()) hidden.delete(name)
        },
        async getMany(names, options) {
          await store.getMany(names.slice(0, 0), options)
          return store.getMany(
            names.filter((name) => !hidden.has(name)),
            options,
          )
        },
        async *list(options) {
          for await (const name of store.list(options)) if (!hidden.has(name)) yield name
        },
        async deleteMany(names, options) {
          await store.getMany(names, options).catch((error: StoreError) => {
            if (error.code !== 'STORE_BATCH_FAILED') throw error
          })
          await store.deleteMany([], options)
          for (const name of names) hidden.add(name)
        },
      }
    },
  },
  {
    fault: 'fails to delete an absent record',
    foundBy: 'deletes.absent',
    alsoBreaks: ['names.accepted', 'list.while-writing'],
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        async deleteMany(names, options) {
          const found = await store.getMany(names, options)
          await store.deleteMany(names, options)
          if (found.size < names.length) throw new StoreError('STORE_UNAVAILABLE', 'There is no such record.')
        },
      }
    },
  },
  {
    fault: 'does nothing in setAside()',
    foundBy: 'deletes.set-aside',
    alsoBreaks: ['names.refused', 'deletes.set-aside-absent', 'namespaces.deletes', 'failures.unreadable-aside'],
    create(place) {
      const store = soundStore(place)
      return { ...store, setAside: (names, options) => store.setAside(names.slice(0, 0), options) }
    },
  },
]

import { DEFAULT_NAMESPACE, diskOf, roomOf } from '../support/disk.ts'
import { soundStore, turn } from '../support/sound-store.ts'
import type { BrokenStore } from './broken-store.ts'

export const lists: readonly BrokenStore[] = [
  {
    fault: 'stops listing at an unreadable record',
    foundBy: 'failures.unreadable-listed',
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        async *list(options) {
          for await (const name of store.list(options)) {
            const found = await store.getMany([name], options).catch(() => undefined)
            if (!found) return
            yield name
          }
        },
      }
    },
  },
  {
    fault: 'lists a name twice when it is written meanwhile',
    foundBy: 'list.while-writing',
    create(place) {
      const store = soundStore(place)
      let written: string[] = []
      return {
        ...store,
        async setMany(records, options) {
          await store.setMany(records, options)
          written.push(...records.keys())
        },
        async *list(options) {
          written = []
          yield* store.list(options)
          yield* written
        },
      }
    },
  },
  {
    fault: 'skips a name when another is removed meanwhile',
    foundBy: 'list.while-writing',
    create(place) {
      const store = soundStore(place)
      let room = DEFAULT_NAMESPACE
      return {
        ...store,
        open(context) {
          room = context.namespace ?? DEFAULT_NAMESPACE
          return store.open(context)
        },
        // Lists one name after another, each by its offset.
        async *list(options) {
          await store.getMany([], options)
          const order = () => [...roomOf(diskOf(place), room).keys()].sort().reverse()
          for (let at = 0; at < order().length; at += 1) {
            await turn()
            const name = order()[at]
            if (name !== undefined) yield name
          }
        },
      }
    },
  },
  {
    fault: 'treats an unreadable record as absent',
    foundBy: 'failures.unreadable',
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        getMany: (names, options) =>
          store.getMany(names, options).catch((error: { values?: Map<string, unknown> }) => {
            if (error.values) return new Map(error.values)
            throw error
          }),
      }
    },
  },
]

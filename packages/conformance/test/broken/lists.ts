import { diskOf, GROUND, roomOf } from '../support/disk.ts'
import { soundStore, turn } from '../support/sound-store.ts'
import type { BrokenStore } from './broken-store.ts'

export const lists: readonly BrokenStore[] = [
  {
    fault: 'stops listing at a bad record',
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
    fault: 'lists a name again when it is written meanwhile',
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
    fault: 'skips what moves up when another name is removed meanwhile',
    foundBy: 'list.while-writing',
    create(place) {
      const store = soundStore(place)
      let room = GROUND
      return {
        ...store,
        open(context) {
          room = context.namespace ?? GROUND
          return store.open(context)
        },
        // Name by name, by offset.
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
    fault: 'cannot tell what is unreadable from what is absent',
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

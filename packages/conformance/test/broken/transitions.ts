import { noneStore, StoreError } from '@sessionkeep/contracts'
import { soundStore } from '../support/sound-store.ts'
import type { BrokenStore } from './broken-store.ts'

/** Stores with a fault while they open or close, and one that keeps no record. */
export const transitions: readonly BrokenStore[] = [
  {
    fault: 'throws a TypeError for a call while it opens',
    foundBy: 'life.opening',
    create(place) {
      const store = soundStore(place)
      let opening = false
      return {
        ...store,
        async open(context) {
          opening = true
          await store.open(context).finally(() => {
            opening = false
          })
        },
        async getMany(names, options) {
          if (opening) throw new TypeError('Cannot read properties of undefined')
          return await store.getMany(names, options)
        },
      }
    },
  },
  {
    fault: 'acknowledges a write while it closes, but drops it',
    foundBy: 'life.closing',
    create(place) {
      const store = soundStore(place)
      let closing = false
      return {
        ...store,
        async setMany(records, options) {
          if (!closing) await store.setMany(records, options)
        },
        async close() {
          closing = true
          await new Promise((resolve) => setTimeout(resolve, 1))
          await store.close()
          closing = false
        },
      }
    },
  },
  {
    fault: 'fails to close when it is not open',
    foundBy: 'life.close-again',
    create(place) {
      const store = soundStore(place)
      let isOpen = false
      return {
        ...store,
        async open(context) {
          await store.open(context)
          isOpen = true
        },
        async close() {
          if (!isOpen) throw new StoreError('STORE_CLOSED', 'It is not open.')
          isOpen = false
          await store.close()
        },
      }
    },
  },
  {
    fault: 'cannot close after a listing was stopped early',
    foundBy: 'list.left-early',
    create(place) {
      const store = soundStore(place)
      let cursors = 0
      return {
        ...store,
        async *list(options) {
          const names: string[] = []
          for await (const name of store.list(options)) names.push(name)
          cursors += 1
          yield* names
          cursors -= 1
        },
        async close() {
          const open = cursors
          cursors = 0
          await store.close()
          if (open > 0) throw new StoreError('STORE_UNAVAILABLE', `${open} cursors are open.`)
        },
      }
    },
  },
  {
    fault: 'declares that it retains records, but keeps none',
    foundBy: 'capabilities.retains',
    alsoBreaks: [
      'aborts.before',
      'aborts.during',
      'aliasing.given',
      'aliasing.got',
      'contention.names',
      'contention.one-name',
      'deletes.set-aside',
      'deletes.these',
      'failures.hang',
      'failures.open',
      'failures.outage',
      'failures.unreadable',
      'failures.unreadable-aside',
      'failures.unreadable-listed',
      'list.every',
      'list.while-writing',
      'names.apart',
      'names.listed',
      'records.absent',
      'records.batch',
      'records.fields',
      'records.partial',
      'records.values',
      'records.whole',
    ],
    capabilities: { durability: 'none', retains: true, shared: false },
    create: () => ({ ...noneStore(), capabilities: { durability: 'none', retains: true, shared: false } }),
  },
]

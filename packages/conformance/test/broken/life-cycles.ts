import { StoreError } from '@sessionkeep/contracts'
import { diskOf } from '../support/disk.ts'
import { soundStore } from '../support/sound-store.ts'
import type { BrokenStore } from './broken-store.ts'

export const lifeCycles: readonly BrokenStore[] = [
  {
    fault: 'reports a lost connection, and answers by itself when it is back',
    foundBy: 'failures.lost',
    create(place) {
      const store = soundStore(place)
      let watch: NodeJS.Timeout | undefined
      return {
        ...store,
        async open(context) {
          await store.open(context)
          watch = setInterval(() => {
            if (!diskOf(place).isDown) return
            clearInterval(watch)
            context.onLost?.(new StoreError('STORE_UNAVAILABLE', 'The disk is away.'))
          }, 5)
        },
        async close() {
          clearInterval(watch)
          await store.close()
        },
      }
    },
  },
  {
    fault: 'closes during a write, which goes on afterwards',
    foundBy: 'life.close-waits',
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        async setMany(records, options) {
          await store.setMany(records, options)
          await new Promise((resolve) => setTimeout(resolve, 20))
        },
      }
    },
  },
  {
    fault: 'answers calls before open()',
    foundBy: 'life.unopened',
    alsoBreaks: ['life.closed'],
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        getMany: (names, options) =>
          store.getMany(names, options).catch((error: StoreError) => {
            if (error.code === 'STORE_CLOSED') return new Map()
            throw error
          }),
      }
    },
  },
  {
    fault: 'cannot be opened a second time',
    foundBy: 'life.reopen',
    create(place) {
      const store = soundStore(place)
      let wasOpen = false
      return {
        ...store,
        async open(context) {
          if (wasOpen) throw new StoreError('STORE_MISCONFIGURED', 'It was opened before.')
          await store.open(context)
          wasOpen = true
        },
      }
    },
  },
  {
    fault: 'cannot be opened after open() has failed',
    foundBy: 'failures.open',
    alsoBreaks: ['capabilities.shared-not', 'aborts.open'],
    create(place) {
      const store = soundStore(place)
      let failure: Promise<void> | undefined
      return {
        ...store,
        open(context) {
          failure ??= store.open(context).then(() => {
            failure = undefined
          })
          return failure
        },
      }
    },
  },
  {
    fault: 'writes after it was opened read-only',
    foundBy: 'life.read-only',
    create(place) {
      const store = soundStore(place)
      return { ...store, open: (context) => store.open({ ...context, readOnly: false }) }
    },
  },
  {
    fault: 'holds its lock after open() was aborted',
    foundBy: 'aborts.open',
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        async open(context) {
          if (context.signal.aborted) diskOf(place).locks.add(`\0${context.owner ?? '*'}`)
          await store.open(context)
        },
      }
    },
  },
  {
    fault: 'hangs and ignores the abort',
    foundBy: 'failures.hang',
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        async getMany(names, options) {
          await diskOf(place).hung
          return await store.getMany(names, options)
        },
      }
    },
  },
  {
    fault: 'ignores its signal',
    foundBy: 'aborts.before',
    alsoBreaks: ['failures.hang'],
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        deleteMany: (names, { signal }) =>
          store.deleteMany(names, { signal: signal.aborted ? new AbortController().signal : signal }),
      }
    },
  },
]

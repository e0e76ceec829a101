import { closeSync, openSync } from 'node:fs'
import { soundStore } from '../support/sound-store.ts'
import type { BrokenStore } from './broken-store.ts'

const LONG_MS = 600_000
const leaked: Array<() => void> = []
let lastPlace: string | undefined

/** Releases the resources that the leaking stores have left. */
export function endLeaks(): void {
  for (const end of leaked.splice(0)) end()
}

const nothing = () => undefined

export const leaks: readonly BrokenStore[] = [
  {
    fault: 'leaves a listener on the signal of each call',
    foundBy: 'leaks.signals',
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        getMany(names, options) {
          options.signal.addEventListener('abort', () => undefined)
          return store.getMany(names, options)
        },
      }
    },
  },
  {
    fault: 'leaves a timer running after close(), though it keeps no process alive',
    foundBy: 'leaks.resources',
    message: /: timers$/,
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        async close() {
          await store.close()
          const timer = setTimeout(nothing, LONG_MS).unref()
          leaked.push(() => clearTimeout(timer))
        },
      }
    },
  },
  {
    fault: 'leaves a file open after close()',
    foundBy: 'leaks.resources',
    message: /: descriptors$/,
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        async open(context) {
          await store.open(context)
          const file = openSync(place.directory, 'r')
          leaked.push(() => closeSync(file))
        },
      }
    },
  },
  {
    fault: 'leaves a listener on the process',
    foundBy: 'leaks.resources',
    message: /: listeners of SIGUSR2$/,
    create(place) {
      if (place.id !== lastPlace) endLeaks()
      lastPlace = place.id
      const store = soundStore(place)
      return {
        ...store,
        async open(context) {
          await store.open(context)
          // Enough to be counted as a leak, and too few for Node's warning.
          if (leaked.length >= 10) return
          const listener = () => undefined
          process.on('SIGUSR2', listener)
          leaked.push(() => process.off('SIGUSR2', listener))
        },
      }
    },
  },
]

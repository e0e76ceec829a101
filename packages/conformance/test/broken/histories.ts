import type { MetadataStore } from '@sessionkeep/contracts'
import type { Place } from '../../src/index.ts'
import { DEFAULT_NAMESPACE, diskOf, roomOf } from '../support/disk.ts'
import { keepBusy } from '../support/keep-busy.ts'
import { soundStore } from '../support/sound-store.ts'

/** Stores with one fault that shows only when a whole pool uses them, and the message that the suite reports. */
export const faultyStores: ReadonlyArray<{ fault: string; message: RegExp; create(place: Place): MetadataStore }> = [
  {
    fault: 'writes acknowledged records only when it is closed',
    message: /reads|stored is|were acknowledged|has its record/,
    create(place) {
      const store = soundStore(place)
      const pending = new Map<string, unknown>()
      return {
        ...store,
        async setMany(records) {
          for (const [name, record] of records) pending.set(name, record)
        },
        async close() {
          if (pending.size > 0)
            await store.setMany(pending, { signal: new AbortController().signal }).catch(() => pending)
          await store.close()
        },
      }
    },
  },
  {
    fault: 'restores deleted records when it is opened',
    message: /reads|was deleted/,
    create(place) {
      const store = soundStore(place)
      const room = roomOf(diskOf({ ...place, id: `${place.id}-deleted` }), DEFAULT_NAMESPACE)
      return {
        ...store,
        async deleteMany(names, options) {
          for (const [name, text] of roomOf(diskOf(place), DEFAULT_NAMESPACE))
            if (names.includes(name)) room.set(name, text)
          await store.deleteMany(names, options)
        },
        async open(context) {
          await store.open(context)
          for (const [name, text] of room) roomOf(diskOf(place), DEFAULT_NAMESPACE).set(name, text)
          room.clear()
        },
      }
    },
  },
  {
    fault: 'keeps the older of two records',
    message: /reads|is idle|stored is|were acknowledged|has lost/,
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        async setMany(records, options) {
          const room = roomOf(diskOf(place), DEFAULT_NAMESPACE)
          await store.setMany(new Map([...records].filter(([name]) => !room.has(name))), options)
        },
      }
    },
  },
  {
    fault: 'sometimes answers a read with no records',
    message: /has its record|over|were acknowledged|reads/,
    create(place) {
      const store = soundStore(place)
      let reads = 0
      return {
        ...store,
        async getMany(names, options) {
          reads += 1
          const found = await store.getMany(names, options)
          return reads % 7 === 1 ? new Map() : found
        },
      }
    },
  },
  {
    fault: 'keeps the event loop',
    message: /the event loop was kept for \d{3,} ms/,
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        async setMany(records, options) {
          keepBusy(150)
          await store.setMany(records, options)
        },
      }
    },
  },
]

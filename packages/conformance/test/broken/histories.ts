import type { MetadataStore } from '@sessionkeep/core'
import type { Place } from '../../src/index.ts'
import { diskOf, GROUND, roomOf } from '../support/disk.ts'
import { soundStore } from '../support/sound-store.ts'

/** Stores with one fault that shows once a whole pool has used them for a while, and what a history says of it. */
export const forgetful: ReadonlyArray<{ fault: string; says: RegExp; create(place: Place): MetadataStore }> = [
  {
    fault: 'acknowledges what it writes at close alone',
    says: /reads|were acknowledged|stands in/,
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
    fault: 'brings back what was deleted when it is opened',
    says: /reads|was deleted/,
    create(place) {
      const store = soundStore(place)
      const room = roomOf(diskOf({ ...place, id: `${place.id}-graves` }), GROUND)
      return {
        ...store,
        async deleteMany(names, options) {
          for (const [name, text] of roomOf(diskOf(place), GROUND)) if (names.includes(name)) room.set(name, text)
          await store.deleteMany(names, options)
        },
        async open(context) {
          await store.open(context)
          for (const [name, text] of room) roomOf(diskOf(place), GROUND).set(name, text)
          room.clear()
        },
      }
    },
  },
  {
    fault: 'keeps the older of two records',
    says: /reads|stored is|were acknowledged|has lost/,
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        async setMany(records, options) {
          const room = roomOf(diskOf(place), GROUND)
          await store.setMany(new Map([...records].filter(([name]) => !room.has(name))), options)
        },
      }
    },
  },
  {
    fault: 'now and then answers a read with nothing',
    says: /stands in|over|were acknowledged|reads/,
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
]

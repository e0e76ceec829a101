import { memoryStore } from '@sessionkeep/core'
import { diskOf, GROUND, roomOf } from '../support/disk.ts'
import { livingStore, startSessions } from '../support/living-store.ts'
import { soundStore } from '../support/sound-store.ts'
import type { BrokenStore } from './broken-store.ts'

const DURABLE = { durability: 'process', retains: true, shared: false } as const
const NONE = { durability: 'none', retains: false, shared: true } as const
const SHARED = { durability: 'process', retains: true, shared: true } as const

export const capabilities: readonly BrokenStore[] = [
  {
    fault: 'declares that a write survives a kill, and keeps it in memory',
    foundBy: 'capabilities.durable',
    alsoBreaks: [
      'capabilities.owner',
      'deletes.durable',
      'contention.names',
      'namespaces.apart',
      'namespaces.deletes',
      'life.close-waits',
      'life.read-only',
      'failures.outage',
      'failures.open',
      'failures.unreadable',
    ],
    create: () => ({ ...memoryStore(), capabilities: DURABLE }),
  },
  {
    fault: 'declares that it retains nothing, and answers what was written',
    foundBy: 'capabilities.retains-not',
    alsoBreaks: ['records.absent', 'records.batch', 'aborts.before'],
    capabilities: NONE,
    create(place) {
      diskOf(place).locks.clear()
      return { ...soundStore(place), capabilities: NONE }
    },
  },
  {
    fault: 'declares that it is shared, and lets one in',
    foundBy: 'capabilities.shared',
    capabilities: SHARED,
    create: (place) => ({ ...soundStore(place), capabilities: SHARED }),
  },
  {
    fault: 'declares that it is shared, and writes back the names that it read when it was opened',
    foundBy: 'capabilities.shared',
    capabilities: SHARED,
    create(place) {
      const store = soundStore(place)
      const known = new Set<string>()
      let room = GROUND
      return {
        ...store,
        capabilities: SHARED,
        async open(context) {
          room = context.namespace ?? GROUND
          if (!context.signal.aborted) diskOf(place).locks.clear()
          await store.open(context)
          for (const name of roomOf(diskOf(place), room).keys()) known.add(name)
        },
        async setMany(records, options) {
          await store.setMany(records, options)
          for (const name of records.keys()) known.add(name)
          const all = roomOf(diskOf(place), room)
          for (const name of [...all.keys()]) if (!known.has(name)) all.delete(name)
        },
      }
    },
  },
  {
    fault: 'declares that it is not shared, and lets two in',
    foundBy: 'capabilities.shared-not',
    alsoBreaks: ['capabilities.owner'],
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        async open(context) {
          if (!context.signal.aborted) diskOf(place).locks.clear()
          await store.open(context)
        },
      }
    },
  },
  {
    fault: 'declares that it keeps records of live sessions only, and acknowledges others',
    foundBy: 'capabilities.live-only',
    says: /setMany\(\) without a session/,
    capabilities: { ...DURABLE, liveOnly: true },
    prepare: startSessions,
    create: (place) => livingStore(place, () => true),
  },
  {
    fault: 'keeps records of live sessions only, and fails for those of ended ones',
    foundBy: 'capabilities.live-only',
    capabilities: { ...DURABLE, liveOnly: true },
    prepare: startSessions,
    create: (place) => livingStore(place, () => false),
  },
  {
    fault: 'declares something else than its documentation',
    foundBy: 'capabilities.declared',
    create: (place) => ({ ...soundStore(place), capabilities: { ...DURABLE, durability: 'power' } }),
  },
]

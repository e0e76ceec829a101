import { memoryStore } from '@sessionkeep/contracts'
import { DEFAULT_NAMESPACE, diskOf, roomOf } from '../support/disk.ts'
import { livingStore, startSessions } from '../support/living-store.ts'
import { soundStore } from '../support/sound-store.ts'
import type { BrokenStore } from './broken-store.ts'

const DURABLE = { durability: 'process', retains: true, shared: false } as const
const NONE = { durability: 'none', retains: false, shared: true } as const
const SHARED = { durability: 'process', retains: true, shared: true } as const

export const capabilities: readonly BrokenStore[] = [
  {
    fault: 'declares that a write survives a kill, but keeps it in memory',
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
    fault: 'declares that it retains no records, but returns them',
    foundBy: 'capabilities.retains-not',
    alsoBreaks: ['records.absent', 'records.batch', 'aborts.before'],
    capabilities: NONE,
    create(place) {
      diskOf(place).locks.clear()
      return { ...soundStore(place), capabilities: NONE }
    },
  },
  {
    fault: 'declares that it is shared, but admits one writer',
    foundBy: 'capabilities.shared',
    capabilities: SHARED,
    create: (place) => ({ ...soundStore(place), capabilities: SHARED }),
  },
  {
    fault: 'declares that it is shared, but writes back the names that it read at open()',
    foundBy: 'capabilities.shared',
    capabilities: SHARED,
    create(place) {
      const store = soundStore(place)
      const known = new Set<string>()
      let room = DEFAULT_NAMESPACE
      return {
        ...store,
        capabilities: SHARED,
        async open(context) {
          room = context.namespace ?? DEFAULT_NAMESPACE
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
    fault: 'declares that it is not shared, but admits two writers',
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
    fault: 'declares liveOnly, but acknowledges records without a session',
    foundBy: 'capabilities.live-only',
    message: /setMany\(\) without a session/,
    capabilities: { ...DURABLE, liveOnly: true },
    prepare: startSessions,
    create: (place) => livingStore(place, () => true),
  },
  {
    fault: 'declares liveOnly, but fails for the record of an ended session',
    foundBy: 'capabilities.live-only',
    capabilities: { ...DURABLE, liveOnly: true },
    prepare: startSessions,
    create: (place) => livingStore(place, () => false),
  },
  {
    fault: 'declares other capabilities than the suite was given',
    foundBy: 'capabilities.declared',
    create: (place) => ({ ...soundStore(place), capabilities: { ...DURABLE, durability: 'power' } }),
  },
]

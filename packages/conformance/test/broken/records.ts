import { StoreError } from '@sessionkeep/contracts'
import { soundStore } from '../support/sound-store.ts'
import type { BrokenStore } from './broken-store.ts'

const DATE = /^\d{4}-\d{2}-\d{2}$/

export const records: readonly BrokenStore[] = [
  {
    fault: 'drops unknown fields',
    foundBy: 'records.fields',
    alsoBreaks: ['aliasing.given', 'aliasing.got'],
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        async getMany(names, options) {
          const found = await store.getMany(names, options)
          for (const record of found.values()) delete (record as { unknownField?: unknown }).unknownField
          return found
        },
      }
    },
  },
  {
    fault: 'converts a text to a date',
    foundBy: 'records.values',
    create(place) {
      const store = soundStore(place)
      const revive = (_: string, value: unknown) =>
        typeof value === 'string' && DATE.test(value) ? new Date(value) : value
      return {
        ...store,
        async getMany(names, options) {
          const found = await store.getMany(names, options)
          for (const [name, record] of found) found.set(name, JSON.parse(JSON.stringify(record), revive))
          return found
        },
      }
    },
  },
  {
    fault: 'returns undefined for an absent name',
    foundBy: 'records.absent',
    alsoBreaks: [
      'capabilities.durable',
      'deletes.durable',
      'deletes.set-aside',
      'deletes.these',
      'failures.outage',
      'failures.unreadable-aside',
      'names.apart',
      'records.batch',
    ],
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        async getMany(names, options) {
          const found = await store.getMany(names, options)
          return new Map(names.map((name) => [name, found.get(name)]))
        },
      }
    },
  },
  {
    fault: 'accepts no more than 450 names in a call',
    foundBy: 'records.batch',
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        async getMany(names, options) {
          if (names.length > 450) throw new StoreError('STORE_UNAVAILABLE', 'Too many parameters.')
          return await store.getMany(names, options)
        },
      }
    },
  },
  {
    fault: 'fails on a batch of no names',
    foundBy: 'records.empty-batch',
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        async deleteMany(names, options) {
          if (names.length === 0) throw new StoreError('STORE_UNAVAILABLE', 'Syntax error near "IN ()".')
          await store.deleteMany(names, options)
        },
      }
    },
  },
  {
    fault: 'refuses long names',
    foundBy: 'names.accepted',
    alsoBreaks: ['names.apart', 'names.listed'],
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        async setMany(records, options) {
          if ([...records.keys()].some((name) => name.length > 255))
            throw new StoreError('STORE_INVALID_NAME', 'Longer than 255.')
          await store.setMany(records, options)
        },
      }
    },
  },
  {
    fault: 'deletes by prefix',
    foundBy: 'deletes.these',
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        async deleteMany(names, options) {
          await store.deleteMany(names, options)
          const others: string[] = []
          for await (const name of store.list(options)) if (names.some((each) => name === `${each}b`)) others.push(name)
          await store.deleteMany(others, options)
        },
      }
    },
  },
  {
    fault: 'fails to set aside an absent record',
    foundBy: 'deletes.set-aside-absent',
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        async setAside(names, options) {
          if (names.includes('never there')) await store.getMany(names, options).then(notFound)
          await store.setAside(names, options)
        },
      }
    },
  },
  {
    fault: 'lists only the first thousand names',
    foundBy: 'list.every',
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        async *list(options) {
          let left = 1000
          for await (const name of store.list(options)) if (left-- > 0) yield name
        },
      }
    },
  },
]

function notFound(found: ReadonlyMap<string, unknown>): void {
  if (!found.has('never there')) throw new StoreError('STORE_UNAVAILABLE', 'There is no such record.')
}

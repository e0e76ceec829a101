import type { MetadataStore } from '@sessionkeep/contracts'
import type { Place } from '../../src/index.ts'
import { diskOf } from '../support/disk.ts'
import { soundStore } from '../support/sound-store.ts'
import type { BrokenStore } from './broken-store.ts'

const underscored = (name: string): string => name.replaceAll('/', '_')

/** A store that keeps the record of `name` under `encode(name)`. */
function renaming(place: Place, encode: (name: string) => string): MetadataStore {
  const store = soundStore(place)
  return {
    ...store,
    async getMany(names, options) {
      const found = await store.getMany(names.map(encode), options)
      return new Map(names.filter((name) => found.has(encode(name))).map((name) => [name, found.get(encode(name))]))
    },
    setMany: (records, options) =>
      store.setMany(new Map([...records].map(([name, record]) => [encode(name), record])), options),
    deleteMany: (names, options) => store.deleteMany(names.map(encode), options),
    setAside: (names, options) => store.setAside(names.map(encode), options),
  }
}

export const names: readonly BrokenStore[] = [
  {
    fault: 'keeps two names under one key',
    foundBy: 'names.apart',
    alsoBreaks: ['names.listed'],
    create: (place) => renaming(place, underscored),
  },
  {
    fault: 'truncates long names',
    foundBy: 'names.apart',
    alsoBreaks: ['names.listed'],
    create: (place) => renaming(place, (name) => name.slice(0, 255)),
  },
  {
    fault: 'joins namespace and name with a colon, so that some collide',
    foundBy: 'namespaces.apart',
    alsoBreaks: ['namespaces.deletes'],
    create(place) {
      let prefix = ''
      const store = soundStore(place)
      const { open } = store
      const keyed = (name: string) => (name === '' ? name : `${prefix}${name}`)
      return {
        ...store,
        async open(context) {
          const { namespace, owner, ...rest } = context
          await open({ ...rest, owner })
          prefix = namespace === undefined ? '' : `${namespace}:`
        },
        async getMany(names, options) {
          const found = await store.getMany(names.map(keyed), options)
          return new Map(names.filter((name) => found.has(keyed(name))).map((name) => [name, found.get(keyed(name))]))
        },
        setMany: (records, options) =>
          store.setMany(new Map([...records].map(([name, record]) => [keyed(name), record])), options),
        deleteMany: (names, options) => store.deleteMany(names.map(keyed), options),
        setAside: (names, options) => store.setAside(names.map(keyed), options),
        async *list(options) {
          for await (const key of store.list(options)) if (key.startsWith(prefix)) yield key.slice(prefix.length)
        },
      }
    },
  },
  {
    fault: 'empties all namespaces when one is emptied',
    foundBy: 'namespaces.deletes',
    create(place) {
      const store = soundStore(place)
      return {
        ...store,
        async deleteMany(names, options) {
          await store.deleteMany(names, options)
          for (const [, room] of diskOf(place).rooms) for (const name of names) room.delete(name)
        },
      }
    },
  },
  {
    fault: 'accepts a name that every store must refuse',
    foundBy: 'names.refused',
    create: (place) => renaming(place, (name) => (name === '' ? 'empty' : name)),
  },
]

import { check, codeOf, rejection, same } from '../../frame/check.ts'
import { everyCall, namesOf, read, unaborted, write } from '../calls.ts'
import { HOSTILE_NAMES, REFUSED_NAMES } from '../samples.ts'
import { retains, type StoreClause } from '../store-clause.ts'

const recordsOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, { of: name }]))

export const nameClauses: readonly StoreClause[] = [
  {
    id: 'names.refused',
    title:
      'A name is any string except the empty one and those with a NUL or a lone surrogate, for which calls reject with `STORE_INVALID_NAME`.',
    async run({ open }) {
      const store = await open()
      for (const name of REFUSED_NAMES) {
        for (const { verb, call } of everyCall(store, name)) {
          if (verb === 'list') continue
          const error = await rejection(call, `${verb}() of ${JSON.stringify(name)}`)
          const own = error instanceof Error && 'failed' in error && error.failed instanceof Map
          const code = own ? codeOf((error.failed as Map<string, unknown>).get(name)) : codeOf(error)
          check(code === 'STORE_INVALID_NAME', `${verb}() of ${JSON.stringify(name)} rejected with: ${error}`)
        }
      }
      same(await namesOf(store), [], 'the names')
    },
  },
  {
    id: 'names.accepted',
    title: 'Any other name is accepted by every call.',
    async run({ open, usable }) {
      const store = await open()
      await write(store, recordsOf(usable(HOSTILE_NAMES)))
      await store.getMany(HOSTILE_NAMES, { signal: unaborted() })
      await store.setAside?.(HOSTILE_NAMES.slice(0, 5), { signal: unaborted() })
      await store.deleteMany(HOSTILE_NAMES, { signal: unaborted() })
      same(await namesOf(store), [], 'the names')
    },
  },
  {
    id: 'names.apart',
    title: 'Two different names never share a record.',
    applies: retains,
    async run({ open, usable }) {
      const store = await open()
      const names = usable(HOSTILE_NAMES)
      await write(store, recordsOf(names))
      same(await read(store, HOSTILE_NAMES), recordsOf(names), 'each record')
      const removed = names.filter((_, at) => at % 2 === 0)
      const remaining = names.filter((_, at) => at % 2 === 1)
      await store.deleteMany(removed, { signal: unaborted() })
      same(
        await read(store, HOSTILE_NAMES),
        recordsOf(remaining),
        'the records that remain after every second one was removed',
      )
    },
  },
  {
    id: 'names.listed',
    title: 'list() returns every name unchanged.',
    applies: retains,
    async run({ open, usable }) {
      const store = await open()
      const names = usable(HOSTILE_NAMES)
      await write(store, recordsOf(names))
      // A set compares the names exactly; sorting by locale could hide a difference.
      same(new Set(await namesOf(store)), new Set(names), 'the names')
    },
  },
]

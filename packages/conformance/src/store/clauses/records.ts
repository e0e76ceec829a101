import { check, same, settle } from '../../frame/check.ts'
import { namesOf, read, unaborted, write } from '../calls.ts'
import { fullRecord, hostileValues, numbered } from '../samples.ts'
import { retains, type StoreClause } from '../store-clause.ts'

export const recordClauses: readonly StoreClause[] = [
  {
    id: 'records.fields',
    title: 'getMany() returns every field of the records, also unknown fields.',
    applies: retains,
    async run({ open }) {
      const store = await open()
      await write(store, { a: fullRecord('a'), b: fullRecord('b') })
      same(await read(store, ['a', 'b']), { a: fullRecord('a'), b: fullRecord('b') }, 'the written records')
      same(await read(store, ['b']), { b: fullRecord('b') }, 'one of the written records')
    },
  },
  {
    id: 'records.values',
    title: 'Values are returned unchanged: empty, false and huge values, odd keys, every character.',
    applies: retains,
    async run({ open, reopen }) {
      const store = await open()
      await write(store, { a: hostileValues() })
      same(await read(store, ['a']), { a: hostileValues() }, 'the values')
      same(Object.hasOwn(Object.prototype, 'polluted'), false, 'a prototype was changed')
      const again = await reopen(store)
      // A store without durability may lose the record when it closes.
      const reread = await read(again, ['a'])
      if ('a' in reread) same(reread, { a: hostileValues() }, 'the values after close() and open()')
    },
  },
  {
    id: 'records.whole',
    title: 'setMany() writes each record whole: fields that the new record lacks are gone.',
    applies: retains,
    async run({ open }) {
      const store = await open()
      await write(store, { a: fullRecord('a'), b: { kept: 1 } })
      await write(store, { a: { totalRequests: 1 } })
      same(await read(store, ['a', 'b']), { a: { totalRequests: 1 }, b: { kept: 1 } }, 'after the second write')
    },
  },
  {
    id: 'records.absent',
    title: 'A name without a record is absent from the map.',
    async run({ open, capabilities }) {
      const store = await open()
      await write(store, { a: { n: 1 } })
      const found = await store.getMany(['no', 'a', 'nor this', 'constructor', '__proto__'], { signal: unaborted() })
      check(found instanceof Map, 'getMany() must return a Map')
      same([...found.keys()], capabilities.retains ? ['a'] : [], 'the names that were found')
    },
  },
  {
    id: 'records.batch',
    title: 'A batch of 500 names, the most that the pool passes, can be written, read and removed in one call.',
    async run({ open, capabilities }) {
      const store = await open()
      const records = numbered(500)
      const names = Object.keys(records)
      await write(store, records)
      same(await read(store, names), capabilities.retains ? records : {}, 'the batch')
      await store.deleteMany(names, { signal: unaborted() })
      same(await read(store, names), {}, 'the batch, removed')
    },
  },
  {
    id: 'records.empty-batch',
    title: 'A batch of no names does nothing, and succeeds.',
    async run({ open }) {
      const store = await open()
      await write(store, {})
      same(await read(store, []), {}, 'no names')
      await store.deleteMany([], { signal: unaborted() })
      await store.setAside?.([], { signal: unaborted() })
      same(await namesOf(store), [], 'the names')
    },
  },
  {
    id: 'records.partial',
    title:
      'When a batch fails in part, the call rejects with a `StoreBatchError`, and every name that is not in it has succeeded. After any other rejection the caller cannot know what was done.',
    applies: retains,
    async run({ open }) {
      const store = await open()
      const unwritable: Record<string, unknown> = { sessionName: 'bad' }
      unwritable.itself = unwritable
      const outcome = await settle(() => write(store, { first: { n: 1 }, bad: unwritable, last: { n: 2 } }))
      check('error' in outcome, 'setMany() resolved, though a record that contains itself cannot be written as JSON')
      const { error } = outcome
      if (error instanceof Error && 'failed' in error && error.failed instanceof Map) {
        same([...error.failed.keys()], ['bad'], 'the failed names')
        same(await read(store, ['first', 'bad', 'last']), { first: { n: 1 }, last: { n: 2 } }, 'the others')
      }
      await write(store, { bad: { n: 3 } })
      same(await read(store, ['bad']), { bad: { n: 3 } }, 'the next write of that name')
    },
  },
]

import { same } from '../../frame/check.ts'
import { read, unaborted } from '../calls.ts'
import { fullRecord } from '../samples.ts'
import { retains, type StoreClause } from '../store-clause.ts'

export const aliasClauses: readonly StoreClause[] = [
  {
    id: 'aliasing.given',
    title: 'After setMany() has resolved, the caller may change its records without changing the stored ones.',
    applies: retains,
    async run({ open }) {
      const store = await open()
      const record = fullRecord('a')
      const batch = new Map([['a', record]])
      await store.setMany(batch, { signal: unaborted() })
      record.totalRequests = 999
      Object.assign(record.attributes as object, { cwd: 'changed' })
      batch.clear()
      same(await read(store, ['a']), { a: fullRecord('a') }, 'the stored record')
    },
  },
  {
    id: 'aliasing.got',
    title: 'getMany(): Reads the records of these names, as parsed JSON that the caller may change.',
    applies: retains,
    async run({ open }) {
      const store = await open()
      await store.setMany(new Map([['a', fullRecord('a')]]), { signal: unaborted() })
      for (let times = 0; times < 2; times += 1) {
        const found = await store.getMany(['a'], { signal: unaborted() })
        same(found.get('a'), fullRecord('a'), 'the returned record')
        const record = found.get('a') as Record<string, unknown>
        record.totalRequests = 999
        Object.assign(record.attributes as object, { cwd: 'changed' })
        found.clear()
      }
      same(await read(store, ['a']), { a: fullRecord('a') }, 'the stored record')
    },
  },
]

import { check, same } from '../../frame/check.ts'
import { read, write } from '../calls.ts'
import { numbered } from '../samples.ts'
import { isDurable, retains, type StoreClause } from '../store-clause.ts'

export const contentionClauses: readonly StoreClause[] = [
  {
    id: 'contention.names',
    title: 'Writers of different names at the same time lose no record of each other.',
    applies: retains,
    async run({ open, reopen, capabilities }) {
      const store = await open()
      const records = numbered(200)
      await Promise.all(Object.entries(records).map(([name, record]) => write(store, { [name]: record })))
      same(await read(store, Object.keys(records)), records, 'the records of 200 writers')
      if (!isDurable(capabilities)) return
      same(await read(await reopen(store), Object.keys(records)), records, 'the same after reopening')
    },
  },
  {
    id: 'contention.one-name',
    title: 'When many writers write one name at once, the record of one of them is stored whole.',
    applies: retains,
    async run({ open }) {
      const store = await open()
      const records = Array.from({ length: 30 }, (_, at) => ({ at, pad: String(at % 10).repeat(1 + at * 500) }))
      const writing = records.map((record) => write(store, { a: record }))
      const reading = Array.from({ length: 10 }, () => read(store, ['a']))
      const [found] = await Promise.all([Promise.all(reading), ...writing])
      for (const { a } of [...found, await read(store, ['a'])]) {
        if (a === undefined) continue
        same(a, records[(a as { at: number }).at], 'a record that was written')
      }
      check('a' in (await read(store, ['a'])), 'no record is stored, though every write was acknowledged')
    },
  },
]

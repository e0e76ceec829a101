import { same } from '../../frame/check.ts'
import { namesOf, read, remove, unaborted, write } from '../calls.ts'
import { numbered } from '../samples.ts'
import { retains, type StoreClause } from '../store-clause.ts'

export const listClauses: readonly StoreClause[] = [
  {
    id: 'list.every',
    title: 'list() returns every stored name once.',
    applies: retains,
    async run({ open }) {
      const store = await open()
      for (const prefix of ['p', 'q', 'r']) await write(store, numbered(400, prefix))
      const names = await namesOf(store)
      same(names.length, 1200, 'the number of listed names')
      same(new Set(names).size, 1200, 'the number of different names')
    },
  },
  {
    id: 'list.while-writing',
    title: 'A name that exists during the whole call appears exactly once.',
    applies: retains,
    async run({ open }) {
      const store = await open()
      const lasting = Object.keys(numbered(200, 'lasting'))
      await write(store, numbered(200, 'lasting'))
      await write(store, numbered(50, 'leaving'))
      const seen: string[] = []
      let step = 0
      for await (const name of store.list({ signal: unaborted() })) {
        seen.push(name)
        step += 1
        // Between two listed names, a lasting record is written again, another record is removed, and a new one is added.
        if (step > 100) continue
        const again = lasting[(step * 7) % lasting.length] ?? ''
        await write(store, { [again]: { sessionName: again, again: step }, [`coming${step}`]: { step } })
        await remove(store, `leaving${step % 50}`)
      }
      const counts = new Map<string, number>()
      for (const name of seen) counts.set(name, (counts.get(name) ?? 0) + 1)
      const wrong = lasting.filter((name) => counts.get(name) !== 1)
      same(wrong, [], 'the names that existed throughout and were not listed exactly once')
    },
  },
  {
    id: 'list.left-early',
    title: 'A listing that is stopped early holds nothing: the store still works, and closes.',
    async run({ open }) {
      const store = await open()
      await write(store, numbered(50))
      for (let times = 0; times < 20; times += 1) {
        for await (const name of store.list({ signal: unaborted() })) {
          if (name !== '') break
        }
      }
      await write(store, { after: { n: 1 } })
      await read(store, ['after'])
      await store.close?.()
    },
  },
]

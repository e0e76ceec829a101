import { same } from '../../frame/check.ts'
import { namesOf, read, remove, setAsideOf, write } from '../calls.ts'
import { isKept, type StoreClause } from '../store-clause.ts'

const NAMESPACES: ReadonlyArray<string | undefined> = [
  ...[undefined, 'users', 'users:archive', 'user', 'Users', 'users_archive', 'users/archive'],
  ...['*', '%', '_', '..', 'a.b', 'a b', '[u]', 'x'.repeat(100)],
]
const label = (namespace: string | undefined): string => namespace ?? 'the default namespace'

export const namespaceClauses: readonly StoreClause[] = [
  {
    id: 'namespaces.apart',
    title:
      'namespace: Keeps the records of different pools apart within one store: the pool’s `poolId`. Undefined: the default namespace.',
    applies: isKept,
    async run({ open, usable }) {
      // A store that joined namespace and name with a colon would confuse some of these.
      const names = usable(['k', 'archive:k', 'users:k'])
      const recordsOf = (namespace: string | undefined) =>
        Object.fromEntries(names.map((name) => [name, { of: label(namespace) }]))
      const inside = async (
        namespace: string | undefined,
        task: (store: Awaited<ReturnType<typeof open>>) => unknown,
      ) => {
        const store = await open({ namespace, owner: 'o' })
        await task(store)
        await store.close?.()
      }
      for (const namespace of NAMESPACES) await inside(namespace, (store) => write(store, recordsOf(namespace)))
      for (const namespace of NAMESPACES) {
        await inside(namespace, async (store) => {
          const records = recordsOf(namespace)
          same(await read(store, Object.keys(records)), records, `the records of ${label(namespace)}`)
          same(new Set(await namesOf(store)), new Set(Object.keys(records)), `the names of ${label(namespace)}`)
        })
      }
    },
  },
  {
    id: 'namespaces.deletes',
    title: 'Removing and setting aside in one namespace touches no other.',
    applies: isKept,
    async run({ open, usable }) {
      const names = usable(['a', 'archive:a', 'b'])
      const [first, ...others] = ['users', undefined, 'users:archive', 'Users', '*', '%']
      for (const namespace of [first, ...others]) {
        const store = await open({ namespace })
        await write(store, Object.fromEntries(names.map((name, n) => [name, { n }])))
        await store.close?.()
      }
      const emptied = await open({ namespace: first })
      await remove(emptied, 'a', 'archive:a')
      if (emptied.setAside) await setAsideOf(emptied)('b')
      else await remove(emptied, 'b')
      same(await namesOf(emptied), [], 'the names of the emptied namespace')
      await emptied.close?.()
      for (const namespace of others) {
        const store = await open({ namespace })
        same((await namesOf(store)).sort(), [...names].sort(), `the names of ${label(namespace)}`)
        await store.close?.()
      }
    },
  },
]

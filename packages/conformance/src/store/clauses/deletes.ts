import { check, same } from '../../frame/check.ts'
import { namesOf, read, remove, setAsideOf, write } from '../calls.ts'
import { isDurable, retains, type StoreClause } from '../store-clause.ts'

export const deleteClauses: readonly StoreClause[] = [
  {
    id: 'deletes.these',
    title: 'deleteMany() removes these records, and no others.',
    applies: retains,
    async run({ open }) {
      const store = await open()
      await write(store, { a: { n: 1 }, ab: { n: 2 }, b: { n: 3 } })
      await remove(store, 'a', 'b')
      same(await read(store, ['a', 'ab', 'b']), { ab: { n: 2 } }, 'the remaining records')
      same(await namesOf(store), ['ab'], 'the names')
      await write(store, { a: { n: 4 } })
      same(await read(store, ['a']), { a: { n: 4 } }, 'a name written anew')
    },
  },
  {
    id: 'deletes.absent',
    title: 'Removing an absent record succeeds.',
    async run({ open }) {
      const store = await open()
      await remove(store, 'never there')
      await write(store, { a: { n: 1 } })
      await remove(store, 'never there', 'a')
      await remove(store, 'a')
      same(await namesOf(store), [], 'the names')
    },
  },
  {
    id: 'deletes.durable',
    title: 'deleteMany(): Removes these records, as durably as they were written.',
    applies: isDurable,
    async run({ open, reopen }) {
      const store = await open()
      await write(store, { a: { n: 1 }, b: { n: 2 } })
      const second = await reopen(store)
      same(await read(second, ['a', 'b']), { a: { n: 1 }, b: { n: 2 } }, 'the written records')
      await remove(second, 'a')
      const third = await reopen(second)
      same(await read(third, ['a', 'b']), { b: { n: 2 } }, 'after the removal')
      same(await namesOf(third), ['b'], 'the names')
    },
  },
  {
    id: 'deletes.set-aside',
    title: 'setAside() moves the records of these names out of the way, so that the names are absent afterwards.',
    applies: retains,
    async run({ open, reopen }) {
      const store = await open()
      const setAside = setAsideOf(store)
      await write(store, { a: { n: 1 }, b: { n: 2 } })
      await setAside('a')
      same(await read(store, ['a', 'b']), { b: { n: 2 } }, 'the remaining records')
      same(await namesOf(store), ['b'], 'the names')
      await write(store, { a: { n: 3 } })
      await setAside('a')
      same(await namesOf(await reopen(store)).then((names) => names.includes('a')), false, 'set aside twice')
    },
  },
  {
    id: 'deletes.set-aside-absent',
    title: 'Setting aside an absent record succeeds.',
    async run({ open }) {
      const store = await open()
      const setAside = setAsideOf(store)
      await setAside('never there')
      await write(store, { a: { n: 1 } })
      await setAside('never there', 'a')
      check(!(await namesOf(store)).includes('a'), 'a name of the batch was not set aside')
    },
  },
]

import { rejection, same, settle } from '../../frame/check.ts'
import { notApplicable } from '../../frame/clause.ts'
import { everyCall, read, write } from '../calls.ts'
import { numbered } from '../samples.ts'
import { retains, type StoreClause } from '../store-clause.ts'
import { contextOf } from '../trial.ts'

export const abortClauses: readonly StoreClause[] = [
  {
    id: 'aborts.open',
    title:
      'open(): Aborted when the pool no longer waits for `open()`. The store then rejects, and holds no lock, handle or timer.',
    async run({ create, open }) {
      const store = await create()
      const { open: opens } = store
      if (!opens) return notApplicable('the store has no open()')
      await rejection(() => store.open?.(contextOf({ signal: AbortSignal.abort() })), 'open() with an aborted signal')
      const other = await open()
      await write(other, { a: { n: 1 } })
      await other.close?.()
      await store.open?.(contextOf())
      for (const { call } of everyCall(store, 'a')) await call()
    },
  },
  {
    id: 'aborts.before',
    title: 'A call whose signal was aborted before it began rejects, and does nothing.',
    async run({ open, capabilities }) {
      const store = await open()
      await write(store, { a: { n: 1 } })
      for (const { verb, call } of everyCall(store, 'a', AbortSignal.abort())) {
        await rejection(call, `${verb}() with an aborted signal`)
      }
      same(await read(store, ['a']), capabilities.retains ? { a: { n: 1 } } : {}, 'the record')
    },
  },
  {
    id: 'aborts.during',
    title:
      '`signal` is aborted when the caller no longer waits for the answer; what the call has done by then stays done.',
    applies: retains,
    async run({ open }) {
      const store = await open()
      const before = numbered(100)
      const after = Object.fromEntries(Object.keys(before).map((name) => [name, { after: name }]))
      await write(store, before)
      for (const delay of [0, 0, 1, 2, 5]) {
        const abort = new AbortController()
        const writing = settle(() => store.setMany(new Map(Object.entries(after)), { signal: abort.signal }))
        if (delay === 0) abort.abort()
        else setTimeout(() => abort.abort(), delay)
        const outcome = await writing
        const found = await read(store, Object.keys(before))
        if (!('error' in outcome)) same(found, after, 'the acknowledged records')
        for (const [name, record] of Object.entries(found)) {
          const isNew = 'after' in (record as object)
          same(record, isNew ? after[name] : before[name], `${name}, old or new`)
        }
        same(Object.keys(found).length, 100, 'the number of records')
        await write(store, before)
      }
    },
  },
]
